package cortex.demo.script;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Makes up a value that satisfies a JSON schema well enough for SDKs to accept it: always the same
/// value for the same schema.
public final class Schemas {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int DEEPEST = 8;

    private Schemas() {}

    /// A value for `schema`; an object with all its required properties where it is one.
    public static JsonNode example(JsonNode schema) {
        return example(schema, schema, "value", 0);
    }

    private static JsonNode example(JsonNode root, JsonNode schema, String name, int depth) {
        if (schema.path("$ref").asString("").startsWith("#/")) {
            JsonNode target = root.at(schema.path("$ref").asString("").substring(1));
            return depth > DEEPEST ? NODES.nullNode() : example(root, target, name, depth + 1);
        }
        for (String fixed : new String[] {"const", "default"}) {
            if (schema.has(fixed)) {
                return schema.path(fixed);
            }
        }
        for (String choice : new String[] {"enum", "examples"}) {
            if (!schema.path(choice).isEmpty()) {
                return schema.path(choice).get(0);
            }
        }
        for (String choice : new String[] {"anyOf", "oneOf", "allOf"}) {
            if (!schema.path(choice).isEmpty()) {
                return example(root, schema.path(choice).get(0), name, depth + 1);
            }
        }
        JsonNode type = schema.path("type");
        return switch ((type.isArray() ? type.path(0) : type).asString("object")) {
            case "string" -> NODES.stringNode(word(name));
            case "integer" -> NODES.numberNode(Math.max(1, schema.path("minimum").asInt(1)));
            case "number" -> NODES.numberNode(Math.max(1.5, schema.path("minimum").asDouble(1.5)));
            case "boolean" -> NODES.booleanNode(true);
            case "null" -> NODES.nullNode();
            case "array" -> array(root, schema, name, depth);
            default -> object(root, schema, depth);
        };
    }

    private static JsonNode array(JsonNode root, JsonNode schema, String name, int depth) {
        var array = NODES.arrayNode();
        if (schema.has("items") && depth <= DEEPEST) {
            array.add(example(root, schema.path("items"), name, depth + 1));
        }
        return array;
    }

    private static JsonNode object(JsonNode root, JsonNode schema, int depth) {
        ObjectNode object = NODES.objectNode();
        JsonNode properties = schema.path("properties");
        JsonNode required = schema.path("required");
        if (depth > DEEPEST) {
            return object;
        }
        if (required.isArray()) {
            for (JsonNode name : required) {
                String key = name.asString("");
                object.set(key, example(root, properties.path(key), key, depth + 1));
            }
        } else {
            for (var property : properties.properties()) {
                String key = property.getKey();
                object.set(key, example(root, property.getValue(), key, depth + 1));
            }
        }
        return object;
    }

    private static String word(String name) {
        return switch (name) {
            case "city", "location", "place" -> "Paris";
            default -> name;
        };
    }
}

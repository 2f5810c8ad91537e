package cortex.core.dialect.chat.tool;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.failure.Failure;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Tools' parameter schemas in the form engines take. llama-server makes a grammar of them and
/// refuses the whole request for one `pattern` it does not know; then `pattern` and `format` go.
public final class ToolSchemas {
    private static final Set<String> STRIPPED = Set.of("pattern", "format");

    /// Keywords whose value maps names to schemas: there, `pattern` is a name.
    private static final Set<String> NAMED =
            Set.of("properties", "patternProperties", "$defs", "definitions", "dependentSchemas");

    /// Keywords whose value is data, not a schema.
    private static final Set<String> DATA = Set.of("enum", "const", "default", "examples");

    private static final List<String> GRAMMAR_REFUSALS =
            List.of("failed to parse grammar", "json schema conversion failed");

    private ToolSchemas() {}

    /// The schema without `$schema`; one that takes nothing when there is none.
    public static ObjectNode clean(@Nullable JsonNode schema, boolean strip) {
        if (!(schema instanceof ObjectNode given)) {
            ObjectNode empty = ChatJson.object();
            empty.put("type", "object").putObject("properties");
            return empty;
        }
        ObjectNode clean = given.has("$schema") ? given.deepCopy() : given;
        clean.remove("$schema");
        return strip ? (ObjectNode) stripped(clean) : clean;
    }

    /// Whether a failure says that the engine could not make a grammar of the schemas, so that a
    /// second try with stripped ones makes sense.
    public static boolean refused(Failure failure) {
        if (failure.status() != 400) {
            return false;
        }
        String message = failure.message().toLowerCase(Locale.ROOT);
        return GRAMMAR_REFUSALS.stream().anyMatch(message::contains);
    }

    private static JsonNode stripped(JsonNode schema) {
        if (schema.isArray()) {
            var all = ChatJson.array();
            schema.forEach(element -> all.add(stripped(element)));
            return all;
        }
        if (!(schema instanceof ObjectNode)) {
            return schema;
        }
        ObjectNode out = ChatJson.object();
        for (Map.Entry<String, JsonNode> entry : schema.properties()) {
            String name = entry.getKey();
            JsonNode value = entry.getValue();
            if (STRIPPED.contains(name) && value.isString()) {
                continue;
            }
            if (NAMED.contains(name) && value instanceof ObjectNode named) {
                ObjectNode kept = out.putObject(name);
                named.forEachEntry((key, inner) -> kept.set(key, stripped(inner)));
            } else {
                out.set(name, DATA.contains(name) ? value : stripped(value));
            }
        }
        return out;
    }
}

package cortex.core.dialect.responses.request;

import cortex.core.dialect.JsonText;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Texts;
import cortex.core.dialect.chat.tool.ToolAsk;
import cortex.core.dialect.chat.tool.ToolSchemas;
import cortex.core.dialect.responses.request.ToolNames.Origin;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads `tools` and `tool_choice`: functions as they are, custom tools as functions of one text,
/// namespaces flattened. Tools that only OpenAI's servers can run are left out; agents list them
/// always and manage without.
final class Tools {
    /// As OpenAI has it. A namespace's name comes with each of its tools.
    private static final int LONGEST_NAME = 128;

    private static final int LONGEST_TOLD = 64;

    private final ArrayNode list = ChatJson.array();
    private final Map<String, Origin> origins = new HashMap<>();
    private final Set<String> dropped = new TreeSet<>();
    private final boolean strip;

    private Tools(boolean strip) {
        this.strip = strip;
    }

    /// The tools in chat's form, what their names stand for, and the types that were dropped.
    record Read(ArrayNode tools, ToolNames names, Set<String> dropped) {}

    static Read read(JsonNode tools, boolean strip) {
        Tools reader = new Tools(strip);
        if (!tools.isMissingNode() && !tools.isNull()) {
            if (!tools.isArray()) {
                throw ChatJson.bad("tools: must be an array", "tools");
            }
            for (int i = 0; i < tools.size(); i++) {
                reader.tool(tools.path(i), null, "tools[" + i + "]");
            }
        }
        return new Read(reader.list, new ToolNames(reader.origins), reader.dropped);
    }

    private void tool(JsonNode tool, @Nullable String namespace, String where) {
        String type = ChatJson.stringOrEmpty(tool, "type");
        switch (type) {
            case "function" ->
                    function(tool.has("function") ? tool.path("function") : tool, namespace, where);
            case "custom" -> custom(tool, namespace, where);
            case "namespace" -> {
                String name = name(tool, where);
                JsonNode inner = tool.path("tools");
                for (int i = 0; i < inner.size(); i++) {
                    tool(inner.path(i), name, where + ".tools[" + i + "]");
                }
            }
            default -> dropped.add(type.isEmpty() ? "tool without type" : type);
        }
    }

    private void function(JsonNode tool, @Nullable String namespace, String where) {
        JsonNode parameters = tool.path("parameters");
        if (!parameters.isObject() && !parameters.isNull() && !parameters.isMissingNode()) {
            throw ChatJson.bad(where + ".parameters: must be an object", "tools");
        }
        Origin origin = new Origin(false, name(tool, where), namespace);
        add(origin, ChatJson.stringOrEmpty(tool, "description"), parameters);
    }

    private void custom(JsonNode tool, @Nullable String namespace, String where) {
        ObjectNode parameters = ChatJson.object().put("type", "object");
        parameters
                .putObject("properties")
                .putObject("input")
                .put("type", "string")
                .put("description", "The tool's whole input, as free text.");
        parameters.putArray("required").add("input");
        JsonNode format = tool.path("format");
        String definition = ChatJson.stringOrEmpty(format, "definition");
        String syntax = ChatJson.stringOrEmpty(format, "syntax");
        String grammar =
                definition.isEmpty()
                        ? ""
                        : "The input must follow this grammar (" + syntax + "):\n" + definition;
        String description = ChatJson.stringOrEmpty(tool, "description");
        Origin origin = new Origin(true, name(tool, where), namespace);
        add(origin, Texts.join(description, grammar), parameters);
    }

    private void add(Origin origin, String description, JsonNode parameters) {
        String name = ToolNames.flat(origin.namespace(), origin.name());
        if (origins.putIfAbsent(name, origin) != null) {
            return;
        }
        ObjectNode function = ChatJson.object().put("name", name);
        if (!description.isEmpty()) {
            function.put("description", description);
        }
        function.set("parameters", ToolSchemas.clean(parameters, strip));
        list.addObject().put("type", "function").set("function", function);
    }

    private static String name(JsonNode tool, String where) {
        String name = ChatJson.stringOrEmpty(tool, "name");
        if (name.isEmpty()) {
            throw ChatJson.bad(where + ".name: is missing", "tools");
        }
        if (name.length() > LONGEST_NAME) {
            throw ChatJson.bad(
                    where
                            + ".name: names of tools and namespaces have at most "
                            + LONGEST_NAME
                            + " characters; choose a shorter one",
                    "tools");
        }
        return name;
    }

    /// Reads `tool_choice` and `parallel_tool_calls`.
    static ToolAsk choice(JsonNode request, ToolNames names) {
        boolean parallel = request.path("parallel_tool_calls").asBoolean(true);
        JsonNode choice = request.path("tool_choice");
        String word = choice.isObject() ? type(choice) : choice.asString("auto");
        return switch (word) {
            case "none" -> new ToolAsk(ToolAsk.Mode.NONE, null, parallel);
            case "required" -> new ToolAsk(ToolAsk.Mode.ANY, null, parallel);
            case "function", "custom" -> {
                String namespace = ChatJson.string(choice, "namespace");
                String name = ToolNames.flat(namespace, ChatJson.stringOrEmpty(choice, "name"));
                if (!names.known().containsKey(name)) {
                    throw ChatJson.bad(
                            "tool_choice: the tool '"
                                    + JsonText.shorten(name, LONGEST_TOLD)
                                    + "' is not among the tools",
                            "tool_choice");
                }
                yield new ToolAsk(ToolAsk.Mode.ONE, name, parallel);
            }
            default -> {
                if (!choice.isObject() && !word.equals("auto")) {
                    throw ChatJson.bad(
                            "tool_choice: must be auto, none, required or a tool", "tool_choice");
                }
                yield new ToolAsk(ToolAsk.Mode.AUTO, null, parallel);
            }
        };
    }

    private static String type(JsonNode choice) {
        String type = ChatJson.stringOrEmpty(choice, "type");
        return type.equals("allowed_tools") ? ChatJson.stringOrEmpty(choice, "mode") : type;
    }

    /// The tools without those that `allowed_tools` leaves out.
    static ArrayNode allowed(ArrayNode tools, JsonNode choice) {
        if (!ChatJson.stringOrEmpty(choice, "type").equals("allowed_tools")) {
            return tools;
        }
        Set<String> names = new TreeSet<>();
        for (JsonNode tool : choice.path("tools")) {
            String namespace = ChatJson.string(tool, "namespace");
            names.add(ToolNames.flat(namespace, ChatJson.stringOrEmpty(tool, "name")));
        }
        ArrayNode kept = ChatJson.array();
        for (JsonNode tool : tools) {
            if (names.contains(ChatJson.stringOrEmpty(tool.path("function"), "name"))) {
                kept.add(tool);
            }
        }
        return kept;
    }
}

package cortex.core.dialect.anthropic.request;

import cortex.core.dialect.JsonText;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.tool.ToolAsk;
import cortex.core.dialect.chat.tool.ToolSchemas;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads `tools` and `tool_choice`. Tools that only Anthropic's servers can run are left out; when
/// there are no others, the request is refused: a model asked without them would make the result
/// up.
final class Tools {
    /// What Claude Code lists when all its tools are deferred.
    private static final String PLACEHOLDER = "DeferredToolPlaceholder";

    private static final int LONGEST = 200;

    /// How many tools may be given by a type alone. There are three, and each is written out.
    private static final int MOST_KNOWN = 16;

    private final ArrayNode list = ChatJson.array();
    private final Set<String> names = new HashSet<>();
    private final Set<String> dropped = new TreeSet<>();
    private final Set<String> referenced;
    private final boolean searched;
    private final boolean strip;
    private int known;

    private Tools(JsonNode tools, Set<String> referenced, boolean strip) {
        this.referenced = referenced;
        this.searched = searched(tools);
        this.strip = strip;
    }

    /// The tools in chat's form, and the types of those that were dropped.
    record Read(ArrayNode tools, Set<String> dropped) {}

    /// Reads the array; `messages` tell which deferred tools have been loaded.
    static Read read(JsonNode tools, JsonNode messages, boolean strip) {
        if (tools.isMissingNode() || tools.isNull()) {
            return new Read(ChatJson.array(), Set.of());
        }
        if (!tools.isArray()) {
            throw ChatJson.bad("tools: Input should be a valid list", "tools");
        }
        Tools reader = new Tools(tools, references(messages), strip);
        for (int i = 0; i < tools.size(); i++) {
            reader.tool(tools.path(i), "tools." + i);
        }
        if (reader.names.isEmpty() && !reader.dropped.isEmpty()) {
            throw ChatJson.bad(
                    JsonText.shorten(String.join(", ", reader.dropped), LONGEST)
                            + " is not supported by this gateway",
                    "tools");
        }
        return new Read(reader.list, reader.dropped);
    }

    private void tool(JsonNode tool, String where) {
        String type = ChatJson.stringOrEmpty(tool, "type");
        ClientTools.Definition definition = ClientTools.of(type);
        boolean custom = type.isEmpty() || type.equals("custom") || tool.has("input_schema");
        if (!custom && definition == null) {
            dropped.add(type);
            return;
        }
        String name = ChatJson.string(tool, "name");
        if (name == null || name.isEmpty()) {
            throw ChatJson.bad(where + ".name: Field required", "tools");
        }
        if (!names.add(name) || !offered(tool, name)) {
            return;
        }
        ObjectNode function = ChatJson.object().put("name", name);
        if (definition != null && !tool.has("input_schema")) {
            count(where);
            function.put("description", definition.description());
            function.set("parameters", definition.parameters());
        } else {
            custom(tool, function, where);
        }
        list.addObject().put("type", "function").set("function", function);
    }

    private void count(String where) {
        known++;
        if (known > MOST_KNOWN) {
            throw ChatJson.bad(
                    where
                            + ".type: at most "
                            + MOST_KNOWN
                            + " tools may be given by a type alone; give the others an"
                            + " input_schema",
                    "tools");
        }
    }

    private void custom(JsonNode tool, ObjectNode function, String where) {
        String description = ChatJson.string(tool, "description");
        if (description != null) {
            function.put("description", description);
        }
        JsonNode schema = tool.path("input_schema");
        if (!schema.isObject() && !schema.isNull() && !schema.isMissingNode()) {
            throw ChatJson.bad(where + ".input_schema: Input should be an object", "tools");
        }
        function.set("parameters", ToolSchemas.clean(schema, strip));
    }

    /// A deferred tool is offered once the conversation has loaded or used it, and at once when
    /// Anthropic's servers were to search for it, since nobody here does.
    private boolean offered(JsonNode tool, String name) {
        boolean deferred = tool.path("defer_loading").asBoolean(false);
        return !name.equals(PLACEHOLDER) && (!deferred || searched || referenced.contains(name));
    }

    private static boolean searched(JsonNode tools) {
        for (JsonNode tool : tools) {
            if (ChatJson.stringOrEmpty(tool, "type").startsWith("tool_search_tool_")) {
                return true;
            }
        }
        return false;
    }

    private static Set<String> references(JsonNode messages) {
        Set<String> names = new HashSet<>();
        for (JsonNode message : messages) {
            blocks(message.path("content"), names);
        }
        return names;
    }

    private static void blocks(JsonNode content, Set<String> names) {
        if (!content.isArray()) {
            return;
        }
        for (JsonNode block : content) {
            switch (ChatJson.stringOrEmpty(block, "type")) {
                case "tool_reference" -> names.add(ChatJson.stringOrEmpty(block, "tool_name"));
                case "tool_use" -> names.add(ChatJson.stringOrEmpty(block, "name"));
                case "tool_result" -> blocks(block.path("content"), names);
                default -> {}
            }
        }
    }

    /// Reads `tool_choice`; the tools are those that are left.
    static ToolAsk choice(JsonNode choice, ArrayNode tools) {
        if (choice.isMissingNode() || choice.isNull()) {
            return ToolAsk.AUTO;
        }
        boolean parallel = !choice.path("disable_parallel_tool_use").asBoolean(false);
        String type = ChatJson.stringOrEmpty(choice, "type");
        return switch (type) {
            case "auto" -> new ToolAsk(ToolAsk.Mode.AUTO, null, parallel);
            case "any" -> new ToolAsk(ToolAsk.Mode.ANY, null, parallel);
            case "none" -> new ToolAsk(ToolAsk.Mode.NONE, null, parallel);
            case "tool" -> {
                String name = ChatJson.string(choice, "name");
                if (name == null) {
                    throw ChatJson.bad("tool_choice.name: Field required", "tool_choice");
                }
                if (!offers(tools, name)) {
                    throw ChatJson.bad(
                            "tool_choice: Tool '"
                                    + JsonText.shorten(name, LONGEST)
                                    + "' not found in provided tools",
                            "tool_choice");
                }
                yield new ToolAsk(ToolAsk.Mode.ONE, name, parallel);
            }
            default ->
                    throw ChatJson.bad(
                            "tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'",
                            "tool_choice");
        };
    }

    private static boolean offers(ArrayNode tools, String name) {
        for (JsonNode tool : tools) {
            if (tool.path("function").path("name").asString("").equals(name)) {
                return true;
            }
        }
        return false;
    }
}

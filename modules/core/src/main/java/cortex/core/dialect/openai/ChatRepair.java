package cortex.core.dialect.openai;

import cortex.core.dialect.Interrupts;
import cortex.core.dialect.JsonText;
import cortex.core.dialect.RequestNotices;
import cortex.core.dialect.RequestScan;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.tool.ToolArguments;
import cortex.core.engine.EngineApi;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Puts right what OpenAI's API takes in a chat request and engines do not, and nothing else.
/// Requests that are fine, as nearly all are, keep their bytes.
public final class ChatRepair {
    private static final String TOOLS = "tools";
    private static final String CHOICE = "tool_choice";
    private static final String ARGUMENTS = "arguments";
    private static final int LONGEST_TOLD = 64;

    /// What means nothing without tools.
    private static final List<String> NO_TOOLS = List.of(TOOLS, CHOICE, "parallel_tool_calls");

    private ChatRepair() {}

    /// Whether the request that `scan` is of holds anything that such an engine trips over.
    public static boolean needed(RequestScan scan, EngineApi api) {
        RequestScan.Oddity odd = scan.oddity();
        return odd.arguments() || odd.noTools() || choice(odd, api);
    }

    private static boolean choice(RequestScan.Oddity odd, EngineApi api) {
        return odd.chosenTool() && !api.namesOneTool();
    }

    /// The body as such an engine takes it; the same array when there is nothing to repair. `scan`
    /// is of that body.
    ///
    /// @throws cortex.core.failure.FailureException when the chosen tool is not among the tools
    public static byte[] repaired(byte[] body, RequestScan scan, EngineApi api) {
        if (!needed(scan, api)) {
            return body;
        }
        ObjectNode request = ChatJson.object(body);
        repair(request, scan, api);
        return ChatJson.bytes(request);
    }

    /// Repairs the tree of the request that `scan` is of.
    static void repair(ObjectNode request, RequestScan scan, EngineApi api) {
        RequestScan.Oddity odd = scan.oddity();
        if (odd.noTools()) {
            request.remove(NO_TOOLS);
        }
        if (choice(odd, api)) {
            choose(request);
        }
        if (odd.arguments()) {
            request.path("messages").forEach(ChatRepair::calls);
        }
    }

    /// Leaves out tools that an engine would run on its own host.
    static void keepClientsTools(ObjectNode request) {
        ArrayNode kept = ChatJson.array();
        for (JsonNode tool : request.path(TOOLS)) {
            Interrupts.check();
            String type = ChatJson.string(tool, "type");
            if (type == null || RequestNotices.CLIENTS_TOOLS.contains(type)) {
                kept.add(tool);
            }
        }
        if (kept.isEmpty()) {
            request.remove(NO_TOOLS);
        } else {
            request.set(TOOLS, kept);
        }
    }

    /// Every later turn of a conversation fails on llama-server for one call that does not parse.
    private static void calls(JsonNode message) {
        Interrupts.check();
        for (JsonNode call : message.path("tool_calls")) {
            if (call.path("function") instanceof ObjectNode function) {
                JsonNode given = function.path(ARGUMENTS);
                function.put(
                        ARGUMENTS,
                        given.isString()
                                ? ToolArguments.repaired(given.asString())
                                : ToolArguments.ofInput(given));
            }
        }
    }

    private static void choose(ObjectNode request) {
        JsonNode choice = request.path(CHOICE);
        switch (ChatJson.stringOrEmpty(choice, "type")) {
            case "function", "custom" -> {
                ArrayNode one = named(request, List.of(choice));
                if (one.isEmpty()) {
                    throw ChatJson.bad(
                            "tool_choice: the tool '"
                                    + JsonText.shorten(String.valueOf(name(choice)), LONGEST_TOLD)
                                    + "' is not among the tools",
                            CHOICE);
                }
                request.set(TOOLS, one);
                request.put(CHOICE, "required");
            }
            case "allowed_tools" -> {
                JsonNode allowed = choice.path("allowed_tools");
                ArrayNode kept = named(request, allowed.path(TOOLS));
                String mode = ChatJson.string(allowed, "mode");
                request.set(TOOLS, kept);
                request.put(CHOICE, mode == null ? "auto" : mode);
                if (kept.isEmpty()) {
                    request.remove(NO_TOOLS);
                }
            }
            default -> {}
        }
    }

    /// The request's tools that are among those named.
    private static ArrayNode named(ObjectNode request, Iterable<JsonNode> named) {
        Set<String> names = new HashSet<>();
        for (JsonNode wanted : named) {
            String name = name(wanted);
            if (name != null) {
                names.add(name);
            }
        }
        ArrayNode kept = ChatJson.array();
        for (JsonNode tool : request.path(TOOLS)) {
            Interrupts.check();
            String name = name(tool);
            if (name != null && names.contains(name)) {
                kept.add(tool);
            }
        }
        return kept;
    }

    private static @Nullable String name(JsonNode tool) {
        String type = ChatJson.stringOrEmpty(tool, "type");
        return ChatJson.string(tool.path(type), "name");
    }
}

package cortex.core.dialect.chat.tool;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.EngineKind;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// How the model is to use its tools; `name` is the one to call with {@link Mode#ONE}, `parallel`
/// whether it may call several at once.
public record ToolAsk(Mode mode, @Nullable String name, boolean parallel) {
    /// The model decides, as it does without being told.
    public static final ToolAsk AUTO = new ToolAsk(Mode.AUTO, null, true);

    /// Which tools may be called.
    public enum Mode {
        /// As the model likes.
        AUTO,
        /// At least one.
        ANY,
        /// The one named.
        ONE,
        /// None.
        NONE
    }

    /// Writes `tools`, `tool_choice` and `parallel_tool_calls` in the engine's form. llama-server
    /// takes a `tool_choice` object for `"auto"`, so there the other tools are left out instead.
    /// Without tools nothing is written: engines refuse a choice without tools.
    ///
    /// @param called whether the conversation already has tool calls, which templates render with
    ///   the help of the tools
    public void apply(ObjectNode body, ArrayNode tools, EngineKind kind, boolean called) {
        boolean llama = kind == EngineKind.LLAMA_SERVER;
        if (tools.isEmpty() || (mode == Mode.NONE && llama && !called)) {
            return;
        }
        body.set("tools", mode == Mode.ONE && llama ? only(tools) : tools);
        switch (mode) {
            case AUTO -> {}
            case ANY -> body.put("tool_choice", "required");
            case NONE -> body.put("tool_choice", "none");
            case ONE -> one(body, llama);
        }
        if (!parallel && kind != EngineKind.MISTRALRS) {
            body.put("parallel_tool_calls", false);
        }
    }

    private void one(ObjectNode body, boolean llama) {
        if (llama) {
            body.put("tool_choice", "required");
        } else {
            body.putObject("tool_choice")
                    .put("type", "function")
                    .putObject("function")
                    .put("name", name);
        }
    }

    private ArrayNode only(ArrayNode tools) {
        ArrayNode one = ChatJson.array();
        for (JsonNode tool : tools) {
            if (tool.path("function").path("name").asString("").equals(name)) {
                one.add(tool);
            }
        }
        return one;
    }
}

package cortex.core.dialect.chat.tool;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.engine.EngineApi;
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

    /// Writes `tools`, `tool_choice` and `parallel_tool_calls` in the engine's form. Where a
    /// request cannot name the one tool to call, the other tools are left out instead. Without
    /// tools nothing is written: engines refuse a choice without tools.
    ///
    /// @param called whether the conversation already has tool calls, which templates render with
    ///   the help of the tools
    public void apply(ObjectNode body, ArrayNode tools, EngineApi api, boolean called) {
        boolean named = api.namesOneTool();
        boolean forbidden = mode == Mode.NONE && !called && !api.takesForbiddenTools();
        if (tools.isEmpty() || forbidden) {
            return;
        }
        body.set("tools", mode == Mode.ONE && !named ? only(tools) : tools);
        switch (mode) {
            case AUTO -> {}
            case ANY -> body.put("tool_choice", "required");
            case NONE -> body.put("tool_choice", "none");
            case ONE -> one(body, named);
        }
        if (!parallel && api.takesParallelToolCalls()) {
            body.put("parallel_tool_calls", false);
        }
    }

    private void one(ObjectNode body, boolean named) {
        if (named) {
            body.putObject("tool_choice")
                    .put("type", "function")
                    .putObject("function")
                    .put("name", name);
        } else {
            body.put("tool_choice", "required");
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

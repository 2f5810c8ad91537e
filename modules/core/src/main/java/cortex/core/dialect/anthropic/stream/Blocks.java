package cortex.core.dialect.anthropic.stream;

import cortex.core.dialect.chat.stream.JsonSlice;
import org.jspecify.annotations.Nullable;

/// The content blocks of one answer: at most one is open, and its index is never used again.
final class Blocks {
    private final Answer answer;
    private final MessageEvents out;
    private @Nullable BlockKind open;
    private int index = -1;
    private boolean text;

    Blocks(Answer answer, MessageEvents out) {
        this.answer = answer;
        this.out = out;
    }

    /// Whether a block of this kind is open.
    boolean isOpen(BlockKind kind) {
        return open == kind;
    }

    /// Whether there has been any text block.
    boolean hasText() {
        return text;
    }

    /// Appends to the open text or thinking block, or to a new one.
    void append(BlockKind kind, JsonSlice more) {
        if (open != kind) {
            start(kind, "", "");
        }
        text |= kind == BlockKind.TEXT;
        out.delta(index, kind, more);
    }

    /// Opens a tool call's block.
    void startTool(String id, String name) {
        start(BlockKind.TOOL_USE, id, name);
    }

    /// Appends to the open tool call's arguments.
    void arguments(JsonSlice more) {
        out.delta(index, BlockKind.TOOL_USE, more);
    }

    /// Closes what is open.
    void close() {
        BlockKind kind = open;
        if (kind != null) {
            open = null;
            boolean thinking = kind == BlockKind.THINKING;
            out.blockStop(index, kind, thinking ? answer.signature(index) : "");
        }
    }

    private void start(BlockKind kind, String id, String name) {
        close();
        open = kind;
        index++;
        out.blockStart(index, kind, id, name);
    }
}

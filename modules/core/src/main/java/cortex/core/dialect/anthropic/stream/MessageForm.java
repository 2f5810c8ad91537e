package cortex.core.dialect.anthropic.stream;

import cortex.core.dialect.chat.answer.AnswerForm;
import cortex.core.dialect.chat.answer.Counts;
import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.chat.stream.JsonSlice;
import cortex.core.failure.Failure;
import org.jspecify.annotations.Nullable;

/// Makes an Anthropic message of an answer: one block open at a time, and what comes while a tool
/// call is unfinished waits for its end. Not safe for use by many threads.
public final class MessageForm implements AnswerForm {
    private final Answer answer;
    private final MessageEvents out;
    private final Blocks blocks;
    private final ToolUses tools;
    private final JsonBuffer heldText = new JsonBuffer();
    private final JsonBuffer heldThinking = new JsonBuffer();
    private final JsonSlice view = new JsonSlice();

    /// Whether the text that waits is more than white space.
    private boolean heldWords;

    /// A message that goes to `out` as it comes about.
    public MessageForm(Answer answer, MessageEvents out) {
        this.answer = answer;
        this.out = out;
        this.blocks = new Blocks(answer, out);
        this.tools = new ToolUses(answer, blocks);
    }

    @Override
    public void start(Counts known) {
        out.start(MessageUsage.of(known));
    }

    @Override
    public void alive() {
        out.ping();
    }

    @Override
    public void reasoning(JsonSlice text) {
        if (answer.prewarm()) {
            return;
        }
        if (blocks.isOpen(BlockKind.THINKING)) {
            blocks.append(BlockKind.THINKING, text);
            return;
        }
        if (tools.unfinished()) {
            heldThinking.slice(text);
            return;
        }
        releaseHeld();
        tools.closeLive();
        blocks.append(BlockKind.THINKING, text);
    }

    @Override
    public void text(JsonSlice text) {
        if (answer.prewarm()) {
            return;
        }
        if (blocks.isOpen(BlockKind.TEXT)) {
            blocks.append(BlockKind.TEXT, text);
            return;
        }
        heldText.slice(text);
        heldWords |= !text.isBlank();
        if (!tools.unfinished()) {
            releaseHeld();
        }
    }

    @Override
    public void call(int key, @Nullable String id, @Nullable String name, JsonSlice arguments) {
        if (!answer.prewarm()) {
            tools.call(key, id, name, arguments);
        }
    }

    @Override
    public boolean whole() {
        boolean something = blocks.hasText() || tools.any();
        return something && !tools.unfinished() && !tools.incomplete();
    }

    @Override
    public void ended(String finish) {
        tools.finish();
        releaseHeld();
        if (!tools.any() && !heldText.isEmpty()) {
            heldText.view(view);
            blocks.append(BlockKind.TEXT, view);
        }
        blocks.close();
    }

    @Override
    public void complete(String finish, Counts counts) {
        StopReason stop =
                answer.prewarm() ? StopReason.MAX_TOKENS : StopReason.of(finish, tools.any());
        out.end(stop, MessageUsage.of(counts));
    }

    @Override
    public void broken(Failure failure, Counts counts) {
        out.fail(failure);
    }

    @Override
    public long held() {
        return out.held() + tools.held() + heldText.length() + heldThinking.length();
    }

    @Override
    public void flush() {
        out.flush();
    }

    /// Sends what waited for a tool call to end. White space alone goes on waiting: next to tool
    /// calls it is dropped, before text it leads it.
    private void releaseHeld() {
        if (!heldThinking.isEmpty()) {
            tools.closeLive();
            heldThinking.view(view);
            blocks.append(BlockKind.THINKING, view);
            heldThinking.clear();
        }
        if (heldWords) {
            tools.closeLive();
            heldText.view(view);
            blocks.append(BlockKind.TEXT, view);
            heldText.clear();
            heldWords = false;
        }
    }
}

package cortex.core.dialect.openai.parts;

import cortex.core.dialect.SseScanner.Out;
import cortex.core.dialect.Usage;
import cortex.core.dialect.UsageReader;
import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.sse.EventField;
import cortex.core.dialect.sse.LineCutter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Puts streams together, one after the other, as a scanner hands them on: their choices are
/// numbered on, all chunks have the first one's id and time, and what ends a stream comes once, at
/// the end, with the sum of their tokens. For one thread.
public final class PartsStream {
    private static final byte[] DATA = JsonBuffer.ascii("data: ");
    private static final byte[] DONE = JsonBuffer.ascii("data: [DONE]\n\n");
    private static final byte[] BREAK = {'\n'};

    private final TokenUsage spent;
    private final boolean wantsUsage;
    private final LineCutter cutter = new LineCutter(new Lines());
    private final JsonBuffer buffer = new JsonBuffer();
    private int number;
    private int prompt;
    private byte @Nullable [] id;
    private byte @Nullable [] created;
    private @Nullable AnswerFields tellsUsage;
    private boolean inEvent;
    private boolean dropping;

    PartsStream(TokenUsage spent, boolean wantsUsage) {
        this.spent = spent;
        this.wantsUsage = wantsUsage;
    }

    /// The next stream's first choice is the one of that number, for that prompt. What was handed
    /// on of a try that failed before it does not count.
    void begin(int choice, int ofPrompt) {
        number = choice;
        prompt = ofPrompt;
        inEvent = false;
        dropping = false;
        buffer.clear();
        if (choice == 0) {
            id = null;
            created = null;
        }
    }

    /// Takes the next lines of a part's stream, and hands on what becomes of them.
    public void pass(byte[] bytes, int offset, int length, Out out) {
        int end = offset + length;
        int rest = cutter.cut(bytes, offset, end);
        cutter.keep(bytes, rest, end);
        buffer.drainTo(out::write);
    }

    /// Takes the end of a part's stream, which may lack its last line breaks.
    public void endPart(Out out) {
        cutter.end();
        endEvent();
        buffer.drainTo(out::write);
    }

    /// Hands on what ends the whole stream.
    public void end(Out out) {
        if (tellsUsage != null && wantsUsage) {
            List<JsonRanges.Change> changes = new ArrayList<>(tellsUsage.named(id, created));
            changes.addAll(tellsUsage.spending(spent.json()));
            tellsUsage.write(changes, buffer.raw(DATA));
            buffer.raw(BREAK).raw(BREAK);
        }
        buffer.raw(DONE).drainTo(out::write);
    }

    private void endEvent() {
        if (inEvent) {
            buffer.raw(BREAK);
        }
        inEvent = false;
        dropping = false;
    }

    private final class Lines implements LineCutter.Lines {
        @Override
        public void line(byte[] bytes, int start, int end, int next) {
            EventField field = EventField.of(bytes, start, end);
            switch (field) {
                case BLANK -> {
                    if (!dropping && !inEvent) {
                        buffer.raw(BREAK);
                    }
                    endEvent();
                }
                case DATA -> data(bytes, field.value(bytes, start, end), end);
                default -> {
                    buffer.raw(bytes, start, end).raw(BREAK);
                    inEvent |= field != EventField.COMMENT;
                }
            }
        }

        /// The scanner before has refused such a line.
        @Override
        public void tooLong() {}
    }

    private void data(byte[] bytes, int from, int end) {
        byte[] json = Arrays.copyOfRange(bytes, from, end);
        AnswerFields chunk = EventField.isDone(bytes, from, end) ? null : AnswerFields.of(json);
        if (chunk == null) {
            // What is no chunk, such as the `null` that llama-server sends of several prompts.
            dropping = !inEvent;
            return;
        }
        if (id == null) {
            id = chunk.id();
            created = chunk.created();
        }
        note(chunk, UsageReader.read(json, 0, json.length).usage());
        if (chunk.tellsUsageOnly()) {
            tellsUsage = chunk;
            dropping = !inEvent;
            return;
        }
        List<JsonRanges.Change> changes = new ArrayList<>(chunk.named(id, created));
        changes.addAll(chunk.counted(number));
        chunk.write(changes, buffer.raw(DATA));
        buffer.raw(BREAK);
        inEvent = true;
    }

    private void note(AnswerFields chunk, Usage usage) {
        if (usage.equals(Usage.NONE)) {
            return;
        }
        if (chunk.tellsUsageOnly()) {
            spent.ofPart(prompt, usage);
        } else {
            spent.ofAnswer(Math.min(chunk.index(), Integer.MAX_VALUE - number) + number, usage);
        }
    }
}

package cortex.core.dialect.openai.parts;

import cortex.core.dialect.UsageReader;
import cortex.core.dialect.chat.stream.JsonBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Puts answers that are not streamed together: the first one, with the choices of all of them and
/// the sum of their tokens. For one thread.
public final class PartsAnswer implements Parts.Whole {
    private final TokenUsage usage;
    private final JsonBuffer choices = new JsonBuffer();
    private @Nullable AnswerFields first;
    private int firstBytes;
    private int number;
    private int prompt;

    PartsAnswer(TokenUsage usage) {
        this.usage = usage;
    }

    /// The next answer's first choice is the one of that number, for that prompt.
    void begin(int choice, int ofPrompt) {
        number = choice;
        prompt = ofPrompt;
    }

    @Override
    public boolean add(byte[] answer) {
        AnswerFields fields = AnswerFields.of(answer);
        if (fields == null || !fields.hasChoices()) {
            return false;
        }
        if (first == null) {
            first = fields;
            firstBytes = answer.length;
        } else {
            choices.raw(JsonBuffer.ascii(","));
        }
        fields.writeChoices(fields.counted(number), choices);
        usage.ofPart(prompt, UsageReader.read(answer, 0, answer.length).usage());
        return true;
    }

    @Override
    public int held() {
        return firstBytes + choices.length();
    }

    @Override
    public byte[] toBytes() {
        AnswerFields head = first;
        if (head == null) {
            throw new IllegalStateException("no answer to put together");
        }
        List<JsonRanges.Change> changes = new ArrayList<>(head.choosing(choices.toBytes()));
        changes.addAll(head.spending(usage.json()));
        JsonBuffer all = new JsonBuffer();
        head.write(changes, all);
        return all.toBytes();
    }
}

package cortex.core.dialect.chat.answer;

import cortex.core.dialect.chat.stream.JsonSlice;
import cortex.core.failure.Failure;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Gathers an answer for a client that does not want a stream, and writes it as one body at its
/// end. Not safe for use by many threads.
public final class WholeAnswer implements AnswerWriter {
    private final Form form;
    private final Gathered gathered = new Gathered();
    private byte @Nullable [] body;
    private @Nullable Failure failure;

    /// What a public API makes of a gathered answer.
    public interface Form {
        /// Makes an id for tool call number `n`, for when the engine's own is of no use.
        String callId(int n);

        /// Writes the body, for the engine's reason `finish` to end.
        ///
        /// @param held how many bytes the blocks have, about
        byte[] body(List<Block> blocks, long held, String finish, Counts counts);
    }

    /// An answer to gather.
    public WholeAnswer(Form form) {
        this.form = form;
    }

    /// The body, or null while it is not complete.
    public byte @Nullable [] body() {
        return body == null ? null : body.clone();
    }

    /// Why there will be no body, or null.
    public @Nullable Failure failure() {
        return failure;
    }

    @Override
    public void start(Counts known) {}

    @Override
    public void alive() {}

    @Override
    public void open(BlockKind kind, String id, String name) {
        gathered.open(kind, id, name);
    }

    @Override
    public void append(JsonSlice more) {
        gathered.append(more);
    }

    @Override
    public void close(boolean whole) {
        gathered.close(whole);
    }

    @Override
    public void end(String finish, Counts counts) {
        body = form.body(gathered.blocks(), gathered.held(), finish, counts);
    }

    @Override
    public void fail(Failure reason, Counts counts) {
        failure = reason;
    }

    @Override
    public String callId(int n) {
        return form.callId(n);
    }

    @Override
    public long held() {
        return gathered.held();
    }
}

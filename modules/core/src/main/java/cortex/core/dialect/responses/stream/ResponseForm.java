package cortex.core.dialect.responses.stream;

import cortex.core.dialect.chat.answer.AnswerForm;
import cortex.core.dialect.chat.answer.Counts;
import cortex.core.dialect.chat.stream.JsonSlice;
import cortex.core.dialect.responses.stream.ResponseEvents.State;
import cortex.core.failure.Failure;
import org.jspecify.annotations.Nullable;

/// Makes an OpenAI response of an answer. Once it has begun there is always exactly one terminal
/// event, since Codex takes a stream without one for broken. An answer that is not streamed has
/// events that go nowhere, and is read from {@link #body}. Not safe for use by many threads.
public final class ResponseForm implements AnswerForm {
    private final ResponseEvents out;
    private final OutputItems items;
    private @Nullable State done;

    /// A response that goes to `out` as it comes about.
    public ResponseForm(Reply reply, ResponseEvents out) {
        this.out = out;
        this.items = new OutputItems(reply, out);
    }

    /// The response as one object, or null while it is not complete.
    public byte @Nullable [] body() {
        return done == null ? null : out.whole(done, items.all());
    }

    @Override
    public void start(Counts known) {
        out.created();
    }

    /// Clients count it as an event, as they do not count comments; all of them know it, and take
    /// it as often as it comes.
    @Override
    public void alive() {
        out.alive(items.all());
    }

    @Override
    public void reasoning(JsonSlice text) {
        items.reasoning(text);
    }

    @Override
    public void text(JsonSlice text) {
        items.text(text);
    }

    @Override
    public void call(int key, @Nullable String id, @Nullable String name, JsonSlice arguments) {
        items.call(key, id, name, arguments);
    }

    @Override
    public boolean whole() {
        return items.any() && !items.broken();
    }

    @Override
    public void ended(String finish) {
        items.finish(incomplete(finish) != null);
    }

    @Override
    public void complete(String finish, Counts counts) {
        String why = incomplete(finish);
        String status = why == null ? "completed" : "incomplete";
        State state = new State(status, why, null, counts);
        out.response(status, state, items.all());
        done = state;
    }

    @Override
    public void broken(Failure failure, Counts counts) {
        items.abandon();
        out.response("failed", new State("failed", null, failure, counts), items.all());
    }

    @Override
    public long held() {
        return items.held();
    }

    @Override
    public void flush() {
        out.flush();
    }

    private static @Nullable String incomplete(String finish) {
        return switch (finish) {
            case "length" -> "max_output_tokens";
            case "content_filter" -> "content_filter";
            default -> null;
        };
    }
}

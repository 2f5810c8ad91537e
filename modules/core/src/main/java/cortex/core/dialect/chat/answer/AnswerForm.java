package cortex.core.dialect.chat.answer;

import cortex.core.dialect.chat.stream.JsonSlice;
import cortex.core.failure.Failure;
import org.jspecify.annotations.Nullable;

/// What a public API makes of an answer. One start; then content and signs of life; then either one
/// `ended` and one `complete`, or one `broken`. Slices are valid only during the call. For one
/// thread.
public interface AnswerForm {
    /// The answer begins; `known` is what is known or guessed of the prompt.
    void start(Counts known);

    /// A sign of life.
    void alive();

    /// More of the model's reasoning; never empty.
    void reasoning(JsonSlice text);

    /// More of the answer's text; never empty.
    void text(JsonSlice text);

    /// More of a tool call. `key` tells the calls of an answer apart, counted from 0 in the order
    /// they came up; id and name are null when the chunk does not tell them, `arguments` may be
    /// empty.
    void call(int key, @Nullable String id, @Nullable String name, JsonSlice arguments);

    /// Whether what was said can stand as an answer although the engine did not say that it was
    /// through.
    boolean whole();

    /// The model has said all, for the engine's reason `finish` (empty when it gave none): what was
    /// held back goes out.
    void ended(String finish);

    /// The answer is complete.
    void complete(String finish, Counts counts);

    /// The answer breaks off.
    void broken(Failure failure, Counts counts);

    /// How many bytes of the answer are held, about.
    long held();

    /// A portion of the engine's stream is done with: what was gathered may go out.
    void flush();
}

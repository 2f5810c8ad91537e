package cortex.core.dialect.chat.answer;

import cortex.core.dialect.chat.stream.JsonSlice;
import cortex.core.failure.Failure;

/// Writes one answer in a public API's form. One start; then blocks, of which one is open at a
/// time, and signs of life; then one end or failure. Slices are valid only during the call. For one
/// thread.
public interface AnswerWriter {
    /// Begins the answer; `known` is what is known or guessed of the prompt.
    void start(Counts known);

    /// Writes a sign of life.
    void alive();

    /// Opens a block. `id` and `name` are a tool call's, else empty.
    void open(BlockKind kind, String id, String name);

    /// Appends to the open block; never nothing.
    void append(JsonSlice more);

    /// Closes the open block. A call is whole when its arguments are a whole object, or nothing at
    /// all; text and reasoning are unless the answer was cut off in them.
    void close(boolean whole);

    /// Completes the answer, for the engine's reason `finish`, empty when it gave none.
    void end(String finish, Counts counts);

    /// Breaks the answer off; a block may be open.
    void fail(Failure failure, Counts counts);

    /// Makes an id for tool call number `n` of the answer, for when the engine's own is of no use.
    String callId(int n);

    /// How many bytes of the answer are held, about.
    default long held() {
        return 0;
    }

    /// Sends what was gathered: a portion of the engine's stream is done with.
    default void flush() {}
}

package cortex.core.dialect.chat.stream;

import cortex.core.dialect.Usage;
import org.jspecify.annotations.Nullable;

/// What an engine's stream says, in its order. Slices are valid only during the call.
public interface ChatEvents {
    /// A chunk that is no error has come; what it holds follows, but for its progress, which was
    /// told before.
    void chunk();

    /// More of the model's reasoning; never empty.
    void reasoning(JsonSlice text);

    /// More of the answer's text; never empty.
    void content(JsonSlice text);

    /// More of a tool call. `key` tells the calls of an answer apart, counted from 0 in the order
    /// they came up; id and name are null when the chunk does not tell them, `arguments` may be
    /// empty.
    void toolCall(int key, @Nullable String id, @Nullable String name, JsonSlice arguments);

    /// Why the answer ended.
    void finish(String reason);

    /// Token counts. `reasoning` are those of `usage` spent on reasoning, null when not told;
    /// `last` is false for counts that come along with other chunks.
    void usage(Usage usage, @Nullable Long reasoning, boolean last);

    /// How far the engine is with reading the prompt, in tokens; `cached` of `total` it had
    /// already.
    void progress(long total, long cached, long processed);

    /// The engine reports an error; the event's JSON.
    void error(byte[] data);

    /// A chunk that is not what a chat stream may hold; `what` says why.
    void malformed(String what);

    /// The stream says that it is over.
    void done();
}

package cortex.core.dialect.anthropic.stream;

import cortex.core.dialect.chat.stream.JsonSlice;
import cortex.core.failure.Failure;

/// An Anthropic message as it comes about. One start; then blocks, one open at a time, numbered
/// from 0 without gaps; then exactly one end or failure.
public interface MessageEvents {
    /// The message begins; `usage` is what is known or guessed of the prompt.
    void start(MessageUsage usage);

    /// A sign of life.
    void ping();

    /// A block begins. `id` and `name` are a tool call's, else empty.
    void blockStart(int index, BlockKind kind, String id, String name);

    /// More of the open block; the slice is valid only during the call.
    void delta(int index, BlockKind kind, JsonSlice text);

    /// The open block ends. `signature` is a thinking block's, else empty.
    void blockStop(int index, BlockKind kind, String signature);

    /// The message is complete.
    void end(StopReason reason, MessageUsage usage);

    /// The message breaks off.
    void fail(Failure failure);

    /// A portion of the engine's stream is done with: what was gathered may go out.
    void flush();

    /// How many bytes of the message are held, about.
    long held();
}

package cortex.relay.pump;

/// Sees the engine's bytes on their way to the client, in order, before they are handed on.
@FunctionalInterface
public interface Tap {
    /// A tap that looks at nothing.
    Tap NONE = (bytes, offset, length) -> {};

    /// The next bytes, cut anywhere. The array is reused: copy what must stay. Must not block.
    void on(byte[] bytes, int offset, int length);
}

package cortex.relay.pump;

/// Changes an engine's bytes in place on their way to the client, in order, before they are handed
/// on.
@FunctionalInterface
public interface Tap {
    /// A tap that changes nothing.
    Tap NONE = (bytes, offset, length) -> {};

    /// The next bytes, cut anywhere. The array is reused: copy what must stay. Must not block.
    void on(byte[] bytes, int offset, int length);
}

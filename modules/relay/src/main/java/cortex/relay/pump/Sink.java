package cortex.relay.pump;

/// Where relayed bytes go: a client's response.
public interface Sink {
    /// Hands `length` bytes on and flushes them; blocks while the client does not read.
    ///
    /// @throws ClientGoneException when the client has left
    void write(byte[] bytes, int offset, int length);
}

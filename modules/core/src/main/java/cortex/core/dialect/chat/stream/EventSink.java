package cortex.core.dialect.chat.stream;

/// Where a translated stream's bytes go.
@FunctionalInterface
public interface EventSink {
    /// Takes whole events; the array is used again, so what must stay is copied. May block while
    /// the client does not read.
    void write(byte[] bytes, int offset, int length);
}

package cortex.relay.connection;

/// How large a request's head may be.
///
/// @param maxFirstLine bytes of the request line
/// @param maxHeaders bytes of all headers together
/// @param maxCount headers
public record HeadLimits(int maxFirstLine, int maxHeaders, int maxCount) {
    /// 8 KiB of request line, 16 KiB of headers, 100 of them.
    public static HeadLimits usual() {
        return new HeadLimits(8 << 10, 16 << 10, 100);
    }

    /// The largest head there can be, with its line breaks.
    public int most() {
        return maxFirstLine + maxHeaders + 4;
    }
}

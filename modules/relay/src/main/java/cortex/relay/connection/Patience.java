package cortex.relay.connection;

import java.time.Duration;

/// How long a server waits for a client before it closes the connection. Only time that is spent
/// waiting for the client counts, so what the server or an engine does slowly is nobody's fault.
///
/// @param idle without a request
/// @param slowRequest for the whole of a request's head, for the next bytes of its body, and the
///   grace before a rate is asked for
/// @param upload for the whole of a request's body
/// @param stalledRead for the client to take anything of what is being written to it, and the grace
///   before a rate is asked for
/// @param minRate bytes a second that a client sends of a body, and takes of an answer that waits
///   for it, on average after the grace; 0 for any
public record Patience(
        Duration idle, Duration slowRequest, Duration upload, Duration stalledRead, int minRate) {

    /// 5 min idle, 30 s for a slow request, 10 min for an upload, 10 min for a client that does not
    /// read, 1 KiB a second.
    public static Patience usual() {
        return new Patience(
                Duration.ofMinutes(5),
                Duration.ofSeconds(30),
                Duration.ofMinutes(10),
                Duration.ofMinutes(10),
                1 << 10);
    }

    /// Whether a client that sent `bytes` of a body has let the server wait for too long: for all
    /// of it, and for the next part of it.
    boolean isUploadOver(long bytes, long waitedNanos, long silentNanos) {
        return silentNanos > slowRequest.toNanos()
                || waitedNanos > upload.toNanos()
                || waitedNanos > slowRequest.toNanos() + earned(bytes);
    }

    /// Whether a client that took `bytes` of an answer has let it wait for too long.
    boolean isReadOver(long bytes, long waitedNanos, long silentNanos) {
        return silentNanos > stalledRead.toNanos()
                || waitedNanos > stalledRead.toNanos() + earned(bytes);
    }

    private long earned(long bytes) {
        return minRate == 0 ? Long.MAX_VALUE / 2 : earned(bytes, minRate);
    }

    /// Returns the nanoseconds that `bytes` may take at `rate` bytes a second, which is above 0.
    static long earned(long bytes, int rate) {
        return (long) (bytes * 1e9 / rate);
    }

    Duration shortest() {
        Duration shortest = idle.compareTo(slowRequest) < 0 ? idle : slowRequest;
        shortest = upload.compareTo(shortest) < 0 ? upload : shortest;
        return stalledRead.compareTo(shortest) < 0 ? stalledRead : shortest;
    }
}

package cortex.relay.http;

import cortex.core.config.HostPort;
import java.time.Duration;

/// Every limit of an HTTP server. Start from {@link #of} and change what differs.
///
/// @param listen where to listen; port 0 takes a free one
/// @param maxHeaderBytes all headers of a request together
/// @param maxPrologueBytes the request line
/// @param maxBodyBytes a request's body
/// @param maxConnections open connections; more wait in the backlog
/// @param drainGrace how long running requests may go on after a stop
/// @param patience how long a connection may be silent
public record ServerSettings(
        HostPort listen,
        int maxHeaderBytes,
        int maxPrologueBytes,
        long maxBodyBytes,
        int maxConnections,
        Duration drainGrace,
        Patience patience) {

    /// How long the server waits for a client before it closes the connection.
    ///
    /// @param idle without a request
    /// @param slowRequest for the whole of a request's head, and for the next bytes of its body
    /// @param stalledRead for the client to take anything of what is being written to it
    public record Patience(Duration idle, Duration slowRequest, Duration stalledRead) {}

    /// The defaults: 32 KiB of headers, 8 KiB request line, 64 MiB body, 16384 connections, 30 s of
    /// drain, the usual patience.
    public static ServerSettings of(HostPort listen) {
        return new ServerSettings(
                listen,
                32 << 10,
                8 << 10,
                64L << 20,
                16_384,
                Duration.ofSeconds(30),
                usualPatience());
    }

    /// 5 min idle, 30 s for a slow request, 10 min for a client that does not read.
    public static Patience usualPatience() {
        return new Patience(Duration.ofMinutes(5), Duration.ofSeconds(30), Duration.ofMinutes(10));
    }

    /// The same with another limit for bodies.
    public ServerSettings withMaxBodyBytes(long bytes) {
        return new ServerSettings(
                listen,
                maxHeaderBytes,
                maxPrologueBytes,
                bytes,
                maxConnections,
                drainGrace,
                patience);
    }

    /// The same with another time for running requests to end after a stop.
    public ServerSettings withDrainGrace(Duration grace) {
        return new ServerSettings(
                listen,
                maxHeaderBytes,
                maxPrologueBytes,
                maxBodyBytes,
                maxConnections,
                grace,
                patience);
    }

    /// The same with other patience.
    public ServerSettings withPatience(Patience other) {
        return new ServerSettings(
                listen,
                maxHeaderBytes,
                maxPrologueBytes,
                maxBodyBytes,
                maxConnections,
                drainGrace,
                other);
    }
}

package cortex.relay.http;

import cortex.core.config.HostPort;
import java.time.Duration;

/// Every limit of an HTTP server.
///
/// @param listen where to listen; port 0 takes a free one
/// @param maxHeaderBytes all headers of a request together
/// @param maxPrologueBytes the request line
/// @param maxBodyBytes a request's body
/// @param maxConnections open connections; more wait in the backlog
/// @param drainGrace how long running requests may go on after a stop
/// @param idleConnection how long a connection may stay open without a request
/// @param slowRequest how long a request's head, or its body, may make no progress
public record ServerSettings(
        HostPort listen,
        int maxHeaderBytes,
        int maxPrologueBytes,
        long maxBodyBytes,
        int maxConnections,
        Duration drainGrace,
        Duration idleConnection,
        Duration slowRequest) {

    /// The defaults: 32 KiB of headers, 8 KiB request line, 64 MiB body, 16384 connections, 30 s of
    /// drain, 5 min idle, 30 s without progress.
    public static ServerSettings of(HostPort listen) {
        return new ServerSettings(
                listen,
                32 << 10,
                8 << 10,
                64L << 20,
                16_384,
                Duration.ofSeconds(30),
                Duration.ofMinutes(5),
                Duration.ofSeconds(30));
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
                idleConnection,
                slowRequest);
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
                idleConnection,
                slowRequest);
    }

    /// The same with other patience for silent connections: between requests, and within one.
    public ServerSettings withPatience(Duration idle, Duration slow) {
        return new ServerSettings(
                listen,
                maxHeaderBytes,
                maxPrologueBytes,
                maxBodyBytes,
                maxConnections,
                drainGrace,
                idle,
                slow);
    }
}

package cortex.relay.http;

import cortex.core.config.HostPort;
import cortex.relay.connection.ClientLimits;
import cortex.relay.connection.Crowd;
import cortex.relay.connection.HeadLimits;
import cortex.relay.connection.Patience;
import java.net.InetAddress;
import java.time.Duration;
import java.util.function.Predicate;

/// Every limit of an HTTP server. Start from {@link #of} and change what differs.
///
/// @param listen where to listen; port 0 takes a free one
/// @param heads a request's head
/// @param maxBodyBytes a request's body
/// @param crowd how many clients at once
/// @param patience how long a client may keep the server waiting
/// @param drainGrace how long running requests may go on after a stop
public record ServerSettings(
        HostPort listen,
        HeadLimits heads,
        long maxBodyBytes,
        Crowd crowd,
        Patience patience,
        Duration drainGrace) {
    private static final int MAX_CONNECTIONS = 8192;
    private static final int MAX_HEADS = 16 << 20;

    /// The defaults: usual heads, 64 MiB body, 8192 connections, a quarter of them for one client,
    /// 16 MiB of unfinished heads, the usual patience, 30 s of drain.
    public static ServerSettings of(HostPort listen) {
        return new ServerSettings(
                listen,
                HeadLimits.usual(),
                64L << 20,
                new Crowd(
                        MAX_CONNECTIONS,
                        Crowd.share(MAX_CONNECTIONS),
                        MAX_HEADS,
                        ClientNetwork::isLoopback),
                Patience.usual(),
                Duration.ofSeconds(30));
    }

    /// The same with other limits for heads.
    public ServerSettings withHeads(HeadLimits other) {
        return new ServerSettings(listen, other, maxBodyBytes, crowd, patience, drainGrace);
    }

    /// The same with another limit for bodies.
    public ServerSettings withMaxBodyBytes(long bytes) {
        return new ServerSettings(listen, heads, bytes, crowd, patience, drainGrace);
    }

    /// The same for another number of clients.
    public ServerSettings withCrowd(Crowd other) {
        return new ServerSettings(listen, heads, maxBodyBytes, other, patience, drainGrace);
    }

    /// The same for clients that may do what a program's configuration says.
    ///
    /// @param isMany whether an address speaks for many clients
    public ServerSettings withClients(
            int maxHeader, int maxConnections, ClientLimits limits, Predicate<InetAddress> isMany) {
        int share = limits.maxPerClient();
        HeadLimits head = new HeadLimits(heads.maxFirstLine(), maxHeader, limits.maxHeaderCount());
        Crowd many =
                new Crowd(
                        maxConnections,
                        share == 0 ? Crowd.share(maxConnections) : share,
                        Math.max(limits.maxHeads(), head.most()),
                        isMany);
        return withHeads(head).withCrowd(many).withPatience(limits.patience());
    }

    /// The same with other patience.
    public ServerSettings withPatience(Patience other) {
        return new ServerSettings(listen, heads, maxBodyBytes, crowd, other, drainGrace);
    }

    /// The same with another time for running requests to end after a stop.
    public ServerSettings withDrainGrace(Duration grace) {
        return new ServerSettings(listen, heads, maxBodyBytes, crowd, patience, grace);
    }
}

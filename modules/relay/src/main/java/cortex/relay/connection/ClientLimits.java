package cortex.relay.connection;

import cortex.core.config.ByteSize;
import cortex.core.config.Section;
import cortex.core.config.ValueType;
import cortex.core.config.ValueTypes;
import java.time.Duration;

/// What clients may do to a server, as its configuration says it; the keys are the same for every
/// program.
///
/// @param maxHeaderCount headers of one request
/// @param maxPerClient open connections of one client; 0 for a quarter of all
/// @param maxHeads bytes of all unfinished heads together
/// @param patience how long a client may keep the server waiting
public record ClientLimits(int maxHeaderCount, int maxPerClient, int maxHeads, Patience patience) {
    private static final ValueType<Duration> SPAN = ValueTypes.duration(Duration.ofMillis(1));
    private static final ByteSize HEADS = ByteSize.mib(16);
    private static final int CONNECTIONS = 8192;

    /// What a connection takes while its request is worked at, as a multiple of its head: the bytes
    /// and what is read out of them.
    private static final int HEAD_WEIGHT = 3;

    /// And besides its head: buffers, threads' stacks, the request's books.
    private static final int CONNECTION_BYTES = 16 << 10;

    /// 100 headers, a quarter of the connections for one client, 16 MiB of unfinished heads, and
    /// the usual patience.
    public static ClientLimits usual() {
        return new ClientLimits(
                HeadLimits.usual().maxCount(), 0, (int) HEADS.bytes(), Patience.usual());
    }

    /// Reads them from a program's own table.
    public static ClientLimits read(Section section) {
        int count =
                section.read(
                                "max_header_count",
                                ValueTypes.integer(1, 10_000),
                                "Headers of one request; more get a 431.")
                        .or(HeadLimits.usual().maxCount());
        int share =
                section.read(
                                "max_connections_per_client",
                                ValueTypes.integer(0, 1_000_000),
                                "Connections of one client (an IPv4 address or an IPv6 /64) at"
                                        + " once; a further one takes the place of one that waits,"
                                        + " or gets a 503. Loopback may have all. 0: a quarter of"
                                        + " `max_connections`.")
                        .or(0);
        ByteSize heads =
                section.read(
                                "max_heads",
                                ValueTypes.byteSize(ByteSize.kib(64), ByteSize.mib(1024)),
                                "Memory for all unfinished request heads; beyond it the oldest"
                                        + " connections are closed.")
                        .or(HEADS);
        return new ClientLimits(count, share, (int) heads.bytes(), patience(section));
    }

    /// Reads `max_connections`. All of them together, each with the largest head, may take a
    /// quarter of the heap.
    ///
    /// @param header the largest head, in bytes
    /// @param heap the most that the program's heap may have, in bytes
    /// @param options the variable that the heap is set by
    public static int connections(Section section, int header, long heap, String options) {
        long each =
                CONNECTION_BYTES
                        + (long) HEAD_WEIGHT
                                * new HeadLimits(HeadLimits.usual().maxFirstLine(), header, 1)
                                        .most();
        int most = Math.clamp(heap / 4 / each, 1, 1_000_000);
        int connections =
                section.read(
                                "max_connections",
                                ValueTypes.integer(1, 1_000_000),
                                "Client connections at once; a further one takes the place of one"
                                        + " that does nothing, or gets a 503. Those whose last"
                                        + " request showed a key give way last. At most half of"
                                        + " the files the process may open, and at most what a"
                                        + " quarter of the heap has room for.")
                        .or(Math.min(CONNECTIONS, most), "(8192, fewer with a small heap)");
        if (connections > most) {
            long wanted = Math.ceilDiv(connections * each * 4, 1 << 20);
            section.problem(
                    "max_connections",
                    "max_connections ("
                            + connections
                            + ") with heads of up to max_header ("
                            + new ByteSize(header)
                            + ") could take more than a quarter of the heap. Set max_connections"
                            + " to "
                            + most
                            + " or less, or start with a larger heap: "
                            + options
                            + "=-Xmx"
                            + wanted
                            + "m.");
        }
        return connections;
    }

    private static Patience patience(Section section) {
        Patience usual = Patience.usual();
        Duration idle =
                span(
                        section,
                        "connection_idle_timeout",
                        usual.idle(),
                        "How long a client's connection may be open without a request. It is"
                                + " closed before that where a newcomer needs its place.");
        Duration slow =
                span(
                        section,
                        "slow_request_timeout",
                        usual.slowRequest(),
                        "How long a client may take for all of a request's head, for each next part"
                                + " of its body, and the grace time before `min_client_rate`"
                                + " applies.");
        Duration upload =
                span(
                        section,
                        "upload_timeout",
                        usual.upload(),
                        "How long a client may take for all of a request's body.");
        Duration stalled =
                span(
                        section,
                        "stalled_read_timeout",
                        usual.stalledRead(),
                        "How long a client may stop reading its answer, and the grace time before"
                                + " `min_client_rate` applies.");
        ByteSize rate =
                section.read(
                                "min_client_rate",
                                ValueTypes.byteSize(new ByteSize(0), ByteSize.mib(1)),
                                "The least average rate per second at which a client must send its"
                                    + " body and read its answer; only time spent waiting for the"
                                    + " client counts. 0: no minimum.")
                        .or(ByteSize.kib(1));
        return new Patience(idle, slow, upload, stalled, (int) rate.bytes());
    }

    private static Duration span(Section section, String key, Duration usual, String meaning) {
        return section.read(key, SPAN, meaning).or(usual);
    }
}

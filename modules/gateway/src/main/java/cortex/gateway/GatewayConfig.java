package cortex.gateway;

import cortex.core.catalogue.Catalogue;
import cortex.core.config.HostPort;
import cortex.core.config.Secret;
import cortex.core.log.LogFormat;
import cortex.gateway.access.Network;
import cortex.relay.connection.ClientLimits;
import cortex.relay.tls.PemFiles;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// cortex.toml and its models.toml, read and checked. Immutable. Sizes are bytes.
public record GatewayConfig(
        Server server,
        Limits limits,
        Timing timing,
        Admission admission,
        Polling polling,
        Placement placement,
        Eviction eviction,
        Routing routing,
        List<NodeAddress> neurons,
        List<Secret> apiKeys,
        Admin admin,
        LogFormat logFormat,
        Catalogue catalogue) {
    public GatewayConfig {
        neurons = List.copyOf(neurons);
        apiKeys = List.copyOf(apiKeys);
    }

    /// Where the API and the metrics are served, what clients may do to the server, and who stands
    /// around.
    public record Server(
            HostPort listen, HostPort metricsListen, ClientLimits clients, Surroundings around) {
        /// One that no web page may use, and that trusts no proxy.
        public Server(HostPort listen, HostPort metricsListen, ClientLimits clients) {
            this(listen, metricsListen, clients, List.of());
        }

        /// One that trusts no proxy.
        public Server(
                HostPort listen,
                HostPort metricsListen,
                ClientLimits clients,
                List<String> origins) {
            this(
                    listen,
                    metricsListen,
                    clients,
                    new Surroundings(origins, List.of(), List.of(), null));
        }
    }

    /// The origins of the web pages that may use the API from a browser (`*` is all of them), the
    /// names it is called by besides its addresses and its machine's own, the proxies whose word
    /// about a client's address counts, and the key that whoever reads the metrics must show (null
    /// for none).
    public record Surroundings(
            List<String> corsOrigins,
            List<String> hosts,
            List<Network> trustedProxies,
            @Nullable Secret metricsKey) {
        public Surroundings {
            corsOrigins = List.copyOf(corsOrigins);
            hosts = List.copyOf(hosts);
            trustedProxies = List.copyOf(trustedProxies);
        }
    }

    /// What a client may send, and how much may pile up. `maxBuffered` bounds the memory that
    /// requests take at once; `maxAnswer` what is held of one answer; `maxWaiters` the requests
    /// waiting for one model; `translation` how long the reading or translating of one request may
    /// take.
    public record Limits(
            int maxBody,
            int maxHeader,
            long maxBuffered,
            int maxAnswer,
            int maxWaiters,
            int maxConnections,
            Duration translation,
            Requests requests) {
        private static final int LARGEST_USUAL_ANSWER = 16 << 20;
        private static final int ANSWERS_IN_BUFFERED = 24;

        /// The usual limit on what is held of one answer: a part of what requests may take at once.
        public static int usualAnswer(long maxBuffered) {
            long wholeKib = ((maxBuffered / ANSWERS_IN_BUFFERED) >> 10) << 10;
            return (int) Math.min(LARGEST_USUAL_ANSWER, wholeKib);
        }

        /// The usual limits on what one request and one answer hold.
        public Limits(
                int maxBody,
                int maxHeader,
                long maxBuffered,
                int maxWaiters,
                int maxConnections,
                Duration translation) {
            this(
                    maxBody,
                    maxHeader,
                    maxBuffered,
                    usualAnswer(maxBuffered),
                    maxWaiters,
                    maxConnections,
                    translation,
                    Requests.USUAL);
        }

        /// The usual time for translation.
        public Limits(
                int maxBody, int maxHeader, long maxBuffered, int maxWaiters, int maxConnections) {
            this(
                    maxBody,
                    maxHeader,
                    maxBuffered,
                    maxWaiters,
                    maxConnections,
                    Duration.ofSeconds(10));
        }
    }

    /// How many images of one request are fetched from the web, and what all of them together may
    /// take.
    public record Images(int maxCount, int maxBytes, Duration timeout) {
        /// The defaults.
        public static final Images USUAL = new Images(16, 16 << 20, Duration.ofSeconds(10));
    }

    /// What one request may hold: tokens of JSON, turns, tools, content parts; how many answers it
    /// may ask for, and how many inputs to embed or documents to rank it may bring; whether its
    /// answer keeps quiet about what of its prompt the engine had in its cache.
    public record Requests(
            long maxTokens,
            int maxTurns,
            int maxTools,
            int maxParts,
            int maxAnswers,
            int maxInputs,
            boolean hideCached,
            Images images) {
        /// The defaults.
        public static final Requests USUAL =
                new Requests(2_000_000, 20_000, 4_000, 100_000, 64, 2_048, false, Images.USUAL);
    }

    /// `keepalive`: the silence after which a streaming client is sent a comment; `idle`: the
    /// silence after which an engine is given up; `queue`: how long a request may wait for a model;
    /// `load`: the silence after which a load is given up; `connect`: to reach a node; `drain`: how
    /// long running requests may go on when the program stops.
    public record Timing(
            Duration keepalive,
            Duration idle,
            Duration queue,
            Duration load,
            Duration connect,
            Duration drain) {}

    /// How many requests may be under way at once: all together, for one model that has no limit of
    /// its own, and by one client, those that wait included. What is over the first two waits for a
    /// place, `maxWaiting` at most for all models together. 0: no limit (for `maxWaiting`: nobody
    /// waits). For `deadlyMemory` a request that ended an engine is refused. A request that asks
    /// for several answers counts as several of those in flight. While another client did something
    /// not longer than `keepSlot` ago, one client does not get the last free slot of a model; zero:
    /// it may have all.
    public record Admission(
            int maxInFlight,
            int maxInFlightPerModel,
            int maxInFlightPerClient,
            int maxWaiting,
            Duration deadlyMemory,
            Duration keepSlot) {
        /// One that remembers deadly requests as long as usual, and by which a client may have all
        /// slots.
        public Admission(
                int maxInFlight,
                int maxInFlightPerModel,
                int maxInFlightPerClient,
                int maxWaiting) {
            this(
                    maxInFlight,
                    maxInFlightPerModel,
                    maxInFlightPerClient,
                    maxWaiting,
                    Duration.ofMinutes(10),
                    Duration.ZERO);
        }
    }

    /// Who operates the fleet: whoever shows one of `keys`, or the one in `keyFile`. Without both
    /// the gateway makes a key and puts it into the first of `keyFolders` that takes it.
    /// `recentRequests` that have ended can be looked at.
    public record Admin(
            List<Secret> keys, @Nullable Path keyFile, List<Path> keyFolders, int recentRequests) {
        public Admin {
            keys = List.copyOf(keys);
            keyFolders = List.copyOf(keyFolders);
        }

        /// With keys, and without a file.
        public Admin(List<Secret> keys, int recentRequests) {
            this(keys, null, List.of(), recentRequests);
        }
    }

    /// How neurons are watched: a poll each `interval`, given up after `timeout`; a node is
    /// unhealthy after `misses` in a row, and requests that only it could serve wait for it until
    /// `nodeGrace` after it was last heard of. What breaks the rules of `reports` counts as missed.
    public record Polling(
            Duration interval, Duration timeout, int misses, Duration nodeGrace, Reports reports) {
        /// With the usual limits on what a neuron may report.
        public Polling(Duration interval, Duration timeout, int misses, Duration nodeGrace) {
            this(interval, timeout, misses, nodeGrace, Reports.USUAL);
        }
    }

    /// What a neuron may report: the bytes of an answer, and the replicas it lists.
    public record Reports(int maxBytes, int maxModels) {
        /// The defaults.
        public static final Reports USUAL = new Reports(1 << 20, 256);
    }

    /// How devices are filled. `headroomMb` of each device (and of the host's memory) is left
    /// alone. What models were measured to take and what operators want is kept in `stateFile`;
    /// null for nothing.
    public record Placement(long headroomMb, @Nullable Path stateFile) {
        /// Without a file.
        public Placement(long headroomMb) {
            this(headroomMb, null);
        }
    }

    /// How room is made. `defragAfterCycles` 0 means never. A replica that was just loaded is not
    /// unloaded for another model before `minResidency` has passed; requests may be batched by
    /// model so long as nobody waits for more than `maxExtraWait` on account of it.
    public record Eviction(
            Strategy strategy,
            int defragAfterCycles,
            Duration minResidency,
            Duration maxExtraWait) {}

    /// How requests are spread over a model's replicas. An engine is sent `overSlots` requests more
    /// than it says it does at once; the rest wait here. After `breakerFailures` in a row a replica
    /// gets no request for `breakerOpen`, then one to see. Another replica is loaded when requests
    /// have waited without a pause for `growAfter`. For each model the last `conversations` are
    /// remembered, to send them where they were.
    public record Routing(
            int overSlots,
            int breakerFailures,
            Duration breakerOpen,
            Duration growAfter,
            int conversations) {
        /// The defaults.
        public static final Routing USUAL =
                new Routing(0, 3, Duration.ofSeconds(5), Duration.ofSeconds(10), 10_000);
    }

    /// Which idle model leaves first.
    public enum Strategy {
        /// The one whose last use is longest ago.
        LRU,
        /// By residency class, then by last use.
        PRIORITY,
        /// The one that is cheapest to bring back.
        COST
    }

    /// One neuron: the name the fleet calls it by, its base URL without a slash at the end, and the
    /// key that both have (null when what it answers need not be proven), whom to believe and what
    /// to show by https (null for whom Java believes, and nothing), and the hosts besides its own
    /// on which its engines may be.
    public record NodeAddress(
            String name,
            URI endpoint,
            @Nullable Secret key,
            @Nullable PemFiles tls,
            List<String> engineHosts) {
        public NodeAddress {
            engineHosts = List.copyOf(engineHosts);
        }

        /// One without a key, whose engines are all on its own host.
        public NodeAddress(String name, URI endpoint) {
            this(name, endpoint, null, null, List.of());
        }
    }
}

package cortex.gateway;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.CatalogueReader;
import cortex.core.config.ByteSize;
import cortex.core.config.ConfigReading;
import cortex.core.config.Credentials;
import cortex.core.config.HostPort;
import cortex.core.config.Section;
import cortex.core.config.ValueType;
import cortex.core.config.ValueTypes;
import cortex.core.log.LogFormat;
import cortex.relay.connection.ClientLimits;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads cortex.toml and the models.toml it names, with overrides from variables `CORTEX_…__…`.
public final class GatewayConfigReader {
    private static final ValueType<Duration> SPAN = ValueTypes.duration(Duration.ofMillis(1));
    private static final ValueType<String> NODE_NAME =
            ValueTypes.TEXT.where(
                    name -> name.matches("[A-Za-z0-9][A-Za-z0-9._-]*"),
                    "a name of letters, digits, '.', '_' and '-'");

    private final ConfigReading reading;
    private final Map<String, String> environment;
    private final long heap;

    private GatewayConfigReader(ConfigReading reading, Map<String, String> environment, long heap) {
        this.reading = reading;
        this.environment = environment;
        this.heap = heap;
    }

    /// A configuration and how it came about: `effective` is all of it as TOML, with the origin of
    /// each value and secrets masked; `warnings` are lines about what is hardly meant.
    public record Loaded(GatewayConfig config, String effective, List<String> warnings) {
        public Loaded {
            warnings = List.copyOf(warnings);
        }
    }

    /// Reads a configuration.
    ///
    /// @throws cortex.core.config.problem.ConfigException with every problem of both files
    public static GatewayConfig read(Path file, Map<String, String> environment) {
        return load(file, environment).config();
    }

    /// Reads a configuration that is to be shown.
    ///
    /// @throws cortex.core.config.problem.ConfigException with every problem of both files
    public static Loaded load(Path file, Map<String, String> environment) {
        return load(file, environment, Runtime.getRuntime().maxMemory());
    }

    /// Likewise, for a program whose heap has at most so many bytes.
    static Loaded load(Path file, Map<String, String> environment, long heap) {
        ConfigReading reading = ConfigReading.from(environment);
        GatewayConfig config = new GatewayConfigReader(reading, environment, heap).config(file);
        reading.finish();
        return new Loaded(config, reading.effective(), reading.warnings());
    }

    /// The keys of both files, as Markdown.
    public static String markdown() {
        ConfigReading reading = ConfigReading.documentation();
        new GatewayConfigReader(reading, Map.of(), 1L << 30).config(Path.of("cortex.toml"));
        return reading.markdown();
    }

    private GatewayConfig config(Path file) {
        Section root =
                reading.open(file, "The gateway, its limits, and the neurons it uses.", "CORTEX_");
        String models =
                root.read(
                                "models_config",
                                ValueTypes.TEXT,
                                "The catalogue; a relative path starts at this file's directory.")
                        .or("models.toml");
        Section gateway = root.table("gateway", "Where it listens, and what it allows.");
        GatewayConfig.Server server = server(gateway);
        GatewayConfig.Limits limits = LimitKeys.read(gateway, heap, RequestKeys.read(root));
        GatewayConfig.Timing timing = timing(gateway);
        var apiKeys =
                gateway.read(
                                "api_keys",
                                ValueTypes.listOf(
                                        ValueTypes.SECRET,
                                        "an array of keys such as [\"…\"], none of them empty"),
                                "Keys that clients must show, as `Authorization: Bearer …` or"
                                        + " `x-api-key`. None: everybody may ask.")
                        .or(List.of());
        GatewayConfig.Admin admin = AccessKeys.admin(gateway, environment);
        LogFormat logFormat =
                gateway.read("log_format", ValueTypes.oneOf(LogFormat.class), "How log lines look.")
                        .or(LogFormat.HUMAN);
        GatewayConfig.Admission admission = AdmissionKeys.read(root);
        GatewayConfig.Polling polling = polling(root);
        GatewayConfig.Placement placement = placement(root);
        GatewayConfig.Eviction eviction = eviction(root);
        GatewayConfig.Routing routing = RoutingKeys.read(root);
        List<GatewayConfig.NodeAddress> neurons = neurons(root);
        Catalogue catalogue = catalogue(root, models, neurons);
        return new GatewayConfig(
                server, limits, timing, admission, polling, placement, eviction, routing, neurons,
                apiKeys, admin, logFormat, catalogue);
    }

    private static GatewayConfig.Server server(Section gateway) {
        HostPort listen =
                gateway.read(
                                "listen",
                                ValueTypes.HOST_PORT,
                                "Where the API is served. Port 0: any free one.")
                        .or(new HostPort("0.0.0.0", 8000));
        HostPort metrics =
                gateway.read(
                                "metrics_listen",
                                ValueTypes.HOST_PORT,
                                "Where Prometheus reads the metrics. Port 0: any free one.")
                        .or(new HostPort("0.0.0.0", 9100));
        if (listen.port() != 0 && listen.port() == metrics.port()) {
            String key = gateway.has("metrics_listen") ? "metrics_listen" : "listen";
            gateway.problem(
                    key,
                    "listen and metrics_listen are both on port "
                            + listen.port()
                            + "; give each a port of its own.");
        }
        return new GatewayConfig.Server(
                listen, metrics, ClientLimits.read(gateway), AccessKeys.around(gateway));
    }

    private static GatewayConfig.Timing timing(Section gateway) {
        return new GatewayConfig.Timing(
                gateway.read(
                                "keepalive",
                                SPAN,
                                "Silence after which a streaming client is sent a comment.")
                        .or(Duration.ofSeconds(5)),
                gateway.read(
                                "idle_timeout",
                                SPAN,
                                "Silence after which an engine is given up. There is no limit on a"
                                        + " whole answer.")
                        .or(Duration.ofMinutes(5)),
                gateway.read("queue_timeout", SPAN, "How long a request may wait for its model.")
                        .or(Duration.ofMinutes(10)),
                gateway.read(
                                "load_stall_timeout",
                                SPAN,
                                "How long a load may make no progress before it is given up. There"
                                        + " is no limit on a whole load.")
                        .or(Duration.ofMinutes(10)),
                gateway.read("connect_timeout", SPAN, "How long connecting to a node may take.")
                        .or(Duration.ofSeconds(5)),
                gateway.read(
                                "drain_timeout",
                                ValueTypes.duration(Duration.ZERO),
                                "How long running requests may go on when the program is stopped.")
                        .or(Duration.ofSeconds(30)));
    }

    private static GatewayConfig.Polling polling(Section root) {
        Section polling = root.table("polling", "How the neurons are watched.");
        return new GatewayConfig.Polling(
                polling.read("interval", SPAN, "Time between two polls of a neuron.")
                        .or(Duration.ofSeconds(2)),
                polling.read("timeout", SPAN, "When a poll counts as missed.")
                        .or(Duration.ofSeconds(3)),
                polling.read(
                                "misses",
                                ValueTypes.integer(1, 1000),
                                "Missed polls in a row that make a neuron unhealthy.")
                        .or(3),
                polling.read(
                                "node_grace",
                                ValueTypes.duration(Duration.ZERO),
                                "How long after a neuron was last heard of requests that only its"
                                        + " node could serve wait for it; then they are refused at"
                                        + " once. A restart of a neuron should fit in.")
                        .or(Duration.ofSeconds(15)),
                reports(polling));
    }

    private static GatewayConfig.Reports reports(Section polling) {
        GatewayConfig.Reports usual = GatewayConfig.Reports.USUAL;
        ByteSize bytes =
                polling.read(
                                "max_report",
                                ValueTypes.byteSize(ByteSize.kib(16), ByteSize.mib(64)),
                                "The longest answer of a neuron. One that says more, or what no"
                                        + " neuron may say, counts as a missed poll.")
                        .or(new ByteSize(usual.maxBytes()));
        int models =
                polling.read(
                                "max_report_models",
                                ValueTypes.integer(1, 10_000),
                                "Models that one neuron may list, failed ones included.")
                        .or(usual.maxModels());
        return new GatewayConfig.Reports((int) bytes.bytes(), models);
    }

    private GatewayConfig.Placement placement(Section root) {
        Section placement = root.table("placement", "How the devices are filled.");
        long headroom =
                placement
                        .read(
                                "headroom_mb",
                                ValueTypes.longFrom(0),
                                "Memory in MiB that is left free of each device, and of the host's"
                                        + " for models on the CPU.")
                        .or(256L);
        String file =
                placement
                        .read(
                                "state_file",
                                ValueTypes.TEXT,
                                "Where it keeps from one run to the next what models were measured"
                                        + " to take, and operators' pins, drains and wanted loads;"
                                        + " a relative path starts at this file's directory. Not"
                                        + " given:"
                                        + " `footprints.json` in `$STATE_DIRECTORY` (systemd's),"
                                        + " without which nothing is kept.")
                        .orNull();
        return new GatewayConfig.Placement(
                headroom, file == null ? usualStateFile() : root.resolve(file));
    }

    private @Nullable Path usualStateFile() {
        String given = environment.get("STATE_DIRECTORY");
        // systemd gives several with colons between them; the first is ours
        return given == null || given.isBlank()
                ? null
                : Path.of(given.split(":", 2)[0], "footprints.json");
    }

    private static GatewayConfig.Eviction eviction(Section root) {
        Section eviction = root.table("eviction", "How room is made for another model.");
        return new GatewayConfig.Eviction(
                eviction.read(
                                "strategy",
                                ValueTypes.oneOf(GatewayConfig.Strategy.class),
                                "Which idle model leaves first: `lru` the one unused for longest,"
                                        + " `priority` by residency class, `cost` the cheapest to"
                                        + " bring back.")
                        .or(GatewayConfig.Strategy.LRU),
                eviction.read(
                                "defrag_after_cycles",
                                ValueTypes.integer(0, 1_000_000),
                                "Loads and evictions after which a node is tidied up. 0: never.")
                        .or(50),
                eviction.read(
                                "min_residency",
                                ValueTypes.duration(Duration.ZERO),
                                "How long a model that was just loaded stays before another one may"
                                        + " displace it.")
                        .or(Duration.ofSeconds(10)),
                eviction.read(
                                "max_extra_wait",
                                ValueTypes.duration(Duration.ZERO),
                                "How much longer a request may wait so that the requests for"
                                        + " another model are served in one go.")
                        .or(Duration.ofSeconds(30)));
    }

    private List<GatewayConfig.NodeAddress> neurons(Section root) {
        Credentials credentials = new Credentials(environment);
        List<Section> sections = root.tables("neurons", "One GPU host. At least one is needed.");
        if (sections.isEmpty() && root.whole() && !root.has("neurons")) {
            root.problem("holds no [[neurons]]; at least one is needed to serve anything.");
        }
        List<GatewayConfig.NodeAddress> neurons = new ArrayList<>();
        Map<String, Section> names = new HashMap<>();
        Map<URI, String> endpoints = new HashMap<>();
        for (Section neuron : sections) {
            String name = neuron.read("name", NODE_NAME, "What the fleet calls it.").required();
            URI endpoint = neuron.read("endpoint", ValueTypes.BASE_URL, "Its base URL.").required();
            Section first = name.isEmpty() ? null : names.putIfAbsent(name, neuron);
            if (first != null) {
                neuron.problem(
                        "name",
                        "'" + name + "' is the name of " + first.origin("name").where() + " too.");
            }
            String other = neuron.has("endpoint") ? endpoints.putIfAbsent(endpoint, name) : null;
            if (other != null && !endpoint.equals(ValueTypes.NOWHERE)) {
                neuron.problem("endpoint", "is the endpoint of '" + other + "' too.");
            }
            List<String> engineHosts =
                    neuron.read(
                                    "engine_hosts",
                                    ValueTypes.TEXTS,
                                    "Hosts besides its own on which its engines may be, as it hands"
                                            + " them out; requests are sent to no other.")
                            .or(List.of());
            neurons.add(
                    new GatewayConfig.NodeAddress(
                            name,
                            endpoint,
                            NeuronKeys.key(neuron, name, credentials),
                            NeuronKeys.tls(neuron, endpoint),
                            engineHosts));
        }
        return neurons;
    }

    private Catalogue catalogue(
            Section root, String models, List<GatewayConfig.NodeAddress> neurons) {
        if (!root.readable()) {
            return new Catalogue(List.of());
        }
        Path file = reading.documenting() ? Path.of(models) : root.resolve(models);
        if (!reading.documenting() && !Files.exists(file)) {
            String hint = ". It is the catalogue: write it, or say here where it is.";
            root.problem("models_config", "there is no file " + file + hint);
            return new Catalogue(List.of());
        }
        Section catalogue =
                reading.open(file, "The catalogue: how to serve each model, never where.");
        List<String> names = neurons.stream().map(GatewayConfig.NodeAddress::name).toList();
        return CatalogueReader.read(catalogue, root.whole() ? names : null);
    }
}

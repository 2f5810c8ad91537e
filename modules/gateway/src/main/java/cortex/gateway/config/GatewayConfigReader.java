package cortex.gateway.config;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.CatalogueReader;
import cortex.core.config.ConfigReading;
import cortex.core.config.Section;
import cortex.core.config.ValueTypes;
import cortex.core.log.LogFormat;
import cortex.gateway.access.OpenDoors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Reads cortex.toml and the models.toml it names, with overrides from variables `CORTEX_…__…`.
public final class GatewayConfigReader {
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
        Section gateway = root.table("gateway", "Addresses and access.");
        ServerConfig server = ServerConfig.read(gateway);
        LimitsConfig limits = LimitsConfig.read(gateway, heap, RequestsConfig.read(root));
        TimeoutsConfig timeouts = TimeoutsConfig.read(gateway);
        AdminConfig admin = AdminConfig.read(gateway, environment);
        LogFormat logFormat =
                gateway.read("log_format", ValueTypes.oneOf(LogFormat.class), "How log lines look.")
                        .or(LogFormat.HUMAN);
        AdmissionConfig admission = AdmissionConfig.read(root);
        OpenDoors.warnOfClients(gateway, server.listen(), server.access().apiKeys());
        OpenDoors.warnOfWeakKeys(gateway, "admin_keys", admin.keys());
        return new GatewayConfig(
                server, limits, timeouts, admission, fleet(root, models), admin, logFormat);
    }

    private FleetConfig fleet(Section root, String models) {
        PollingConfig polling = PollingConfig.read(root);
        PlacementConfig placement = PlacementConfig.read(root, environment);
        EvictionConfig eviction = EvictionConfig.read(root);
        RoutingConfig routing = RoutingConfig.read(root);
        List<NodeAddress> neurons = NodeAddress.readAll(root, environment);
        Catalogue catalogue = catalogue(root, models, neurons);
        return new FleetConfig(neurons, catalogue, polling, placement, eviction, routing);
    }

    private Catalogue catalogue(Section root, String models, List<NodeAddress> neurons) {
        if (!root.readable()) {
            return new Catalogue(List.of());
        }
        Path file = reading.documenting() ? Path.of(models) : root.resolve(models);
        if (!reading.documenting() && !Files.exists(file)) {
            String hint =
                    ". Create the model catalogue there (copy models.example.toml), or set"
                            + " models_config to its path.";
            root.problem("models_config", "file not found: " + file + hint);
            return new Catalogue(List.of());
        }
        Section catalogue =
                reading.open(file, "The catalogue: how to serve each model; cortex decides where.");
        List<String> names = neurons.stream().map(NodeAddress::name).toList();
        return CatalogueReader.read(catalogue, root.whole() ? names : null);
    }
}

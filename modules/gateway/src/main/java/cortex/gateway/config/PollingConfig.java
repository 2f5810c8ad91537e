package cortex.gateway.config;

import cortex.core.config.ByteSize;
import cortex.core.config.Section;
import cortex.core.config.ValueType;
import cortex.core.config.ValueTypes;
import java.time.Duration;

/// How neurons are watched: a poll each `interval`, given up after `timeout`; a node is unhealthy
/// after `misses` in a row, and requests that only it could serve wait for it until `nodeGrace`
/// after it was last heard of, or for as long as it says that its restart takes, `maxRestart` at
/// most. What breaks the rules of `reports` counts as missed.
public record PollingConfig(
        Duration interval,
        Duration timeout,
        int misses,
        Duration nodeGrace,
        Duration maxRestart,
        Reports reports) {
    /// How long the restart of a neuron usually may take.
    public static final Duration MAX_RESTART = Duration.ofMinutes(2);

    private static final ValueType<Duration> SPAN = ValueTypes.duration(Duration.ofMillis(1));

    /// With the usual limits on what a neuron may report.
    public PollingConfig(Duration interval, Duration timeout, int misses, Duration nodeGrace) {
        this(interval, timeout, misses, nodeGrace, MAX_RESTART, Reports.USUAL);
    }

    /// What a neuron may report: the bytes of an answer, and the replicas it lists.
    public record Reports(int maxBytes, int maxModels) {
        /// The defaults.
        public static final Reports USUAL = new Reports(1 << 20, 256);
    }

    /// Reads the `[polling]` table of cortex.toml.
    static PollingConfig read(Section root) {
        Section polling = root.table("polling", "How the neurons are watched.");
        return new PollingConfig(
                polling.read("interval", SPAN, "Time between two polls of a neuron.")
                        .or(Duration.ofSeconds(2)),
                polling.read("timeout", SPAN, "How long a poll may take.")
                        .or(Duration.ofSeconds(3)),
                polling.read(
                                "misses",
                                ValueTypes.integer(1, 1000),
                                "Missed polls in a row that make a neuron unhealthy.")
                        .or(3),
                polling.read(
                                "node_grace",
                                ValueTypes.duration(Duration.ZERO),
                                "How long requests that only this neuron can serve wait for it,"
                                        + " counted from its last answer; later ones are refused"
                                        + " at once. A neuron that says how long its restart takes"
                                        + " is waited for so long. 0: never wait.")
                        .or(Duration.ofSeconds(15)),
                polling.read(
                                "max_restart",
                                ValueTypes.duration(Duration.ZERO),
                                "How long a neuron is believed to restart at most, whatever it"
                                        + " says; then it is gone. Its models are not loaded"
                                        + " elsewhere meanwhile, and requests wait for them.")
                        .or(MAX_RESTART),
                reports(polling));
    }

    private static PollingConfig.Reports reports(Section polling) {
        PollingConfig.Reports usual = PollingConfig.Reports.USUAL;
        ByteSize bytes =
                polling.read(
                                "max_report",
                                ValueTypes.byteSize(ByteSize.kib(16), ByteSize.mib(64)),
                                "The longest answer of a neuron. A longer or invalid answer counts"
                                        + " as a missed poll.")
                        .or(new ByteSize(usual.maxBytes()));
        int models =
                polling.read(
                                "max_report_models",
                                ValueTypes.integer(1, 10_000),
                                "Models that one neuron may list, failed ones included.")
                        .or(usual.maxModels());
        return new PollingConfig.Reports((int) bytes.bytes(), models);
    }
}

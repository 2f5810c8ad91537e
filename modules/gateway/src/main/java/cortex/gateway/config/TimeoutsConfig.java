package cortex.gateway.config;

import cortex.core.config.Section;
import cortex.core.config.ValueType;
import cortex.core.config.ValueTypes;
import java.time.Duration;

/// How long the gateway waits for clients, engines and nodes.
///
/// @param keepalive the silence after which a streaming client is sent a comment
/// @param idle the silence after which an engine is given up
/// @param queue how long a request may wait for a model
/// @param load the silence after which a load is given up
/// @param connect how long connecting to a node may take
/// @param drain how long running requests may go on when the program stops
/// @param translation how long reading or translating one request may take
public record TimeoutsConfig(
        Duration keepalive,
        Duration idle,
        Duration queue,
        Duration load,
        Duration connect,
        Duration drain,
        Duration translation) {
    private static final ValueType<Duration> SPAN = ValueTypes.duration(Duration.ofMillis(1));

    /// Gives the translation of a request as long as usual.
    public TimeoutsConfig(
            Duration keepalive,
            Duration idle,
            Duration queue,
            Duration load,
            Duration connect,
            Duration drain) {
        this(keepalive, idle, queue, load, connect, drain, Duration.ofSeconds(10));
    }

    /// Reads the timeouts in `[gateway]`.
    static TimeoutsConfig read(Section gateway) {
        return new TimeoutsConfig(
                gateway.read(
                                "keepalive",
                                SPAN,
                                "How long a streaming client waits in silence before it is sent a"
                                        + " comment.")
                        .or(Duration.ofSeconds(5)),
                gateway.read(
                                "idle_timeout",
                                SPAN,
                                "How long an engine may be silent. There is no limit on a whole"
                                        + " answer.")
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
                        .or(Duration.ofSeconds(30)),
                gateway.read(
                                "translation_timeout",
                                ValueTypes.duration(Duration.ofMillis(1)),
                                "How long the reading or translating of one request's body may"
                                        + " take, waiting for its turn included; then it gets a"
                                        + " 503.")
                        .or(Duration.ofSeconds(10)));
    }
}

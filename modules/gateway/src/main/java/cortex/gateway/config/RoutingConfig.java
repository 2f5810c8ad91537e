package cortex.gateway.config;

import cortex.core.config.Section;
import cortex.core.config.ValueTypes;
import java.time.Duration;

/// How requests are spread over a model's replicas. An engine is sent `overSlots` requests more
/// than it says it does at once; the rest wait here. After `breakerFailures` in a row a replica
/// gets no request for `breakerOpen`, then one to see. Another replica is loaded when requests have
/// waited without a pause for `growAfter`. For each model the last `conversations` are remembered,
/// to send them where they were.
public record RoutingConfig(
        int overSlots,
        int breakerFailures,
        Duration breakerOpen,
        Duration growAfter,
        int conversations) {
    /// The defaults.
    public static final RoutingConfig USUAL =
            new RoutingConfig(0, 3, Duration.ofSeconds(5), Duration.ofSeconds(10), 10_000);

    /// Reads the `[routing]` table of cortex.toml.
    static RoutingConfig read(Section root) {
        Section routing = root.table("routing", "How requests are spread over a model's replicas.");
        RoutingConfig usual = RoutingConfig.USUAL;
        return new RoutingConfig(
                routing.read(
                                "over_slots",
                                ValueTypes.integer(0, 1_000_000),
                                "Requests sent to an engine beyond what it says it does at once;"
                                        + " the rest wait here, where clients take turns.")
                        .or(usual.overSlots()),
                routing.read(
                                "breaker_failures",
                                ValueTypes.integer(1, 1000),
                                "Failed requests in a row after which a replica gets none for a"
                                        + " while, as long as another replica of its model serves.")
                        .or(usual.breakerFailures()),
                routing.read(
                                "breaker_open",
                                ValueTypes.duration(Duration.ofMillis(1)),
                                "How long a replica rests after `breaker_failures`; then one"
                                        + " request tests it. Doubled after each failed test, up to"
                                        + " sixteen times.")
                        .or(usual.breakerOpen()),
                routing.read(
                                "grow_after",
                                ValueTypes.duration(Duration.ZERO),
                                "How long requests must have queued without a pause before another"
                                        + " replica is loaded, where `replicas` allows it and there"
                                        + " is free room.")
                        .or(usual.growAfter()),
                routing.read(
                                "conversations",
                                ValueTypes.integer(0, 10_000_000),
                                "Conversations remembered for each model, to send their requests to"
                                        + " the replica that has their prefix cached.")
                        .or(usual.conversations()));
    }
}

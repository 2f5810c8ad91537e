package cortex.gateway.metrics;

import cortex.core.dialect.Usage;
import cortex.core.failure.Limit;
import org.jspecify.annotations.Nullable;

/// What one finished request was like.
///
/// @param chunks content chunks relayed, streams only
/// @param coldStart whether it had to wait for a load
public record RequestFacts(
        Route route,
        Answer answer,
        Times times,
        long chunks,
        boolean coldStart,
        int retries,
        Usage usage) {
    /// Where it went: `model` is a catalogue id or "other", `node` a configured name or "none".
    public record Route(String model, String node, String endpoint) {}

    /// How it ended: `outcome` is "ok" or a failure's, `full` the limit that refused it, null when
    /// none did.
    public record Answer(int status, String outcome, @Nullable Limit full) {}

    /// How long it took in nanoseconds, each since it was accepted, -1 for what did not happen: to
    /// the end, to the first grant, and of a stream to the first content relayed.
    public record Times(long total, long queued, long firstToken) {}

    /// The outcome of a request that was answered.
    public static final String OK = "ok";

    /// For requests whose model is not known here.
    public static final String OTHER = "other";

    /// For requests that reached no node.
    public static final String NO_NODE = "none";
}

package cortex.gateway.metrics;

import cortex.core.dialect.Usage;
import cortex.core.failure.Limit;
import org.jspecify.annotations.Nullable;

/// What one finished request was like. Times are nanoseconds; -1 stands for what did not happen.
/// `model` is a catalogue id or "other", `node` a configured name or "none", `outcome` "ok" or a
/// failure's.
///
/// @param total accepted to end
/// @param queued accepted to the first grant
/// @param firstToken accepted to the first content relayed, streams only
/// @param chunks content chunks relayed, streams only
/// @param coldStart whether it had to wait for a load
/// @param fullLimit which limit refused it, null when none did
public record RequestFacts(
        String model,
        String node,
        String endpoint,
        int status,
        String outcome,
        long total,
        long queued,
        long firstToken,
        long chunks,
        boolean coldStart,
        int retries,
        @Nullable Limit fullLimit,
        Usage usage) {
    /// The outcome of a request that was answered.
    public static final String OK = "ok";

    /// For requests whose model is not known here.
    public static final String OTHER = "other";

    /// For requests that reached no node.
    public static final String NO_NODE = "none";
}

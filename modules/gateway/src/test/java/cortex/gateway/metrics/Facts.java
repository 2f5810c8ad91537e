package cortex.gateway.metrics;

import cortex.core.dialect.Usage;
import cortex.core.failure.Limit;

/// Finished requests for tests.
final class Facts {
    private Facts() {}

    /// One that was answered with that many chunks, after a load; it says that a queue was full, so
    /// that every meter has something to count.
    static RequestFacts answered(long chunks) {
        return new RequestFacts(
                new RequestFacts.Route("model", "node", "chat_completions"),
                new RequestFacts.Answer(200, RequestFacts.OK, Limit.QUEUE),
                new RequestFacts.Times(3_000_000, 1_000_000, 2_000_000),
                chunks,
                true,
                0,
                new Usage(7L, chunks, 0L));
    }
}

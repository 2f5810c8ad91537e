package cortex.gateway.serve;

import cortex.core.dialect.Usage;
import cortex.core.failure.Failure;
import cortex.core.log.LogLine;
import cortex.gateway.http.Endpoint;
import cortex.gateway.metrics.RequestFacts;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What happened to one request and when, noted as it goes and told once at its end. Times are
/// monotonic nanoseconds, -1 what has not happened. For one thread.
final class RequestTimeline {
    private static final long NEVER = -1;

    private final String requestId;
    private final Endpoint endpoint;
    private final long accepted;
    private String model = RequestFacts.OTHER;
    private String node = RequestFacts.NO_NODE;
    private boolean streamed;
    private long granted = NEVER;
    private long answered = NEVER;
    private long firstToken = NEVER;
    private long chunks;
    private int tries;
    private boolean coldStart;
    private Usage usage = Usage.NONE;
    private @Nullable String finishReason;
    private @Nullable Failure failure;

    RequestTimeline(String requestId, Endpoint endpoint, long accepted) {
        this.requestId = requestId;
        this.endpoint = endpoint;
        this.accepted = accepted;
    }

    /// The model was recognised.
    void resolved(String id, boolean stream) {
        model = id;
        streamed = stream;
    }

    /// Whether the client asked for a stream.
    boolean streamed() {
        return streamed;
    }

    /// A replica was granted; the first grant ends the queueing.
    void granted(String onNode, boolean cold, long now) {
        node = onNode;
        coldStart |= cold;
        if (granted == NEVER) {
            granted = now;
        }
    }

    /// The request is about to be sent to an engine.
    void sent() {
        tries++;
    }

    /// The engine's status and headers are there.
    void answered(long now) {
        answered = now;
    }

    /// The first content is about to be relayed.
    void firstToken(long now) {
        firstToken = now;
    }

    /// What the answer cost and how it ended, as far as known.
    void spent(Usage tokens, long contentChunks, @Nullable String reason) {
        usage = usage.merge(tokens);
        chunks = contentChunks;
        finishReason = reason;
    }

    /// Whether the engine's answer came to its end.
    boolean finished() {
        return finishReason != null;
    }

    /// The request failed; the first failure counts.
    void failed(Failure why) {
        if (failure == null) {
            failure = why;
        }
    }

    /// For the meters.
    RequestFacts facts(long now) {
        return new RequestFacts(
                model,
                node,
                endpoint.label(),
                status(),
                outcome(),
                now - accepted,
                since(granted),
                since(firstToken),
                chunks,
                coldStart,
                Math.max(0, tries - 1),
                usage);
    }

    /// For the log: one line a request.
    LogLine line(long now) {
        boolean tells = failure != null && failure.status() >= 500;
        return LogLine.of("request")
                .with("id", requestId)
                .with("endpoint", endpoint.label())
                .with("model", model)
                .with("node", node)
                .with("status", status())
                .with("outcome", outcome())
                .with("stream", streamed)
                .with("prompt_tokens", usage.promptTokens())
                .with("completion_tokens", completionTokens())
                .with("finish", finishReason)
                .with("queue_ms", millis(since(granted)))
                .with("head_ms", millis(since(answered)))
                .with("ttft_ms", millis(since(firstToken)))
                .with("total_ms", millis(now - accepted))
                .with("cold_start", coldStart)
                .with("retries", tries > 1 ? tries - 1 : null)
                .with("error", tells && failure != null ? failure.message() : null);
    }

    /// What the engine told, else what was counted on the way.
    private @Nullable Long completionTokens() {
        Long told = usage.completionTokens();
        return told == null && chunks > 0 ? Long.valueOf(chunks) : told;
    }

    private int status() {
        return failure == null ? 200 : failure.status();
    }

    private String outcome() {
        return failure == null ? RequestFacts.OK : failure.outcome();
    }

    private long since(long moment) {
        return moment == NEVER ? NEVER : moment - accepted;
    }

    private static @Nullable Double millis(long nanos) {
        return nanos < 0 ? null : TimeUnit.NANOSECONDS.toMicros(nanos) / 1000.0;
    }
}

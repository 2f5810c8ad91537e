package cortex.gateway.timeline;

import cortex.core.dialect.Usage;
import cortex.core.failure.Failure;
import cortex.core.failure.Limit;
import cortex.core.log.LogLine;
import cortex.gateway.http.Endpoint;
import cortex.gateway.http.FailureWords;
import cortex.gateway.http.RequestScope;
import cortex.gateway.metrics.RequestFacts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What happened to one request and when, noted as it goes and told at its end. Times are monotonic
/// nanoseconds, -1 what has not happened. For one thread until it has ended.
public final class RequestTimeline {
    private static final long NEVER = -1;

    /// A request that is refused again and again must not fill the memory.
    private static final int NOTES = 32;

    private static final int LONGEST = 4000;

    private final String requestId;
    private final Endpoint endpoint;
    private final String client;
    private final long accepted;
    private final List<Note> notes = new ArrayList<>(0);
    private String model = RequestFacts.OTHER;
    private String node = RequestFacts.NO_NODE;
    private boolean streamed;
    private long granted = NEVER;
    private long answered = NEVER;
    private long firstToken = NEVER;
    private long chunks;
    private int tries;
    private int partsMore;
    private boolean coldStart;
    private Usage usage = Usage.NONE;
    private @Nullable String finishReason;
    private @Nullable End end;

    private record Note(long at, String text) {}

    /// How a request failed, in words for operators, no more than are worth keeping: some repeat
    /// what the client sent. `logged` is what of it belongs into the log.
    private record End(
            int status,
            String outcome,
            String told,
            @Nullable String logged,
            @Nullable Limit limit) {
        static End of(Failure why) {
            String logged = FailureWords.forTheLog(why);
            return new End(
                    why.status(),
                    why.outcome(),
                    clipped(why.told()),
                    logged == null ? null : clipped(logged),
                    why instanceof Failure.Overloaded full ? full.limit() : null);
        }
    }

    /// A request begins.
    public RequestTimeline(RequestScope scope, Endpoint endpoint) {
        this.requestId = scope.id();
        this.endpoint = endpoint;
        this.client = scope.client();
        this.accepted = scope.acceptedAt();
    }

    /// The request's id.
    public String id() {
        return requestId;
    }

    /// Something worth telling happened at that time, which may be a while ago.
    public void note(String text, long at) {
        if (notes.size() < NOTES) {
            notes.add(new Note(at, clipped(text)));
        }
    }

    private static String clipped(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }

    /// The model was recognised.
    public void resolved(String id, boolean stream) {
        model = id;
        streamed = stream;
    }

    /// Whether the client asked for a stream.
    public boolean streamed() {
        return streamed;
    }

    /// A replica was granted; the first grant ends the queueing.
    public void granted(String onNode, boolean cold, long now) {
        node = onNode;
        coldStart |= cold;
        if (granted == NEVER) {
            granted = now;
        }
    }

    /// The request is about to be sent to an engine.
    public void sent() {
        tries++;
    }

    /// The engine's status and headers are there.
    public void answered(long now) {
        if (partsMore == 0) {
            answered = now;
        }
    }

    /// The request is answered in parts, and the next one begins.
    public void anotherPart(String text, long now) {
        partsMore++;
        note(text, now);
    }

    /// The first content is about to be relayed.
    public void firstToken(long now) {
        if (partsMore == 0 || firstToken == NEVER) {
            firstToken = now;
        }
    }

    /// What the answer cost and how it ended, as far as known.
    public void spent(Usage tokens, long contentChunks, @Nullable String reason) {
        usage = usage.merge(tokens);
        chunks = contentChunks;
        finishReason = reason;
    }

    /// Whether the engine's answer came to its end.
    public boolean finished() {
        return finishReason != null;
    }

    /// The request failed; the first failure counts.
    public void failed(Failure why) {
        if (end == null) {
            end = End.of(why);
        }
    }

    /// The client and the outcome of a request that ended before an engine was asked for an answer;
    /// null of any other.
    @Nullable String cheap() {
        return tries > 0 ? null : client + " " + outcome();
    }

    /// For the meters.
    public RequestFacts facts(long now) {
        return new RequestFacts(
                new RequestFacts.Route(model, node, endpoint.label()),
                new RequestFacts.Answer(status(), outcome(), end == null ? null : end.limit()),
                new RequestFacts.Times(now - accepted, since(granted), since(firstToken)),
                chunks,
                coldStart,
                retries(),
                usage);
    }

    /// For the log: one line a request.
    public LogLine line(long now) {
        return LogLine.of("request")
                .with("id", requestId)
                .with("endpoint", endpoint.label())
                .with("model", model)
                .with("node", node)
                .with("client", client.isEmpty() ? null : client)
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
                .with("parts", partsMore > 0 ? partsMore + 1 : null)
                .with("retries", retries() > 0 ? retries() : null)
                .with("error", end == null ? null : end.logged());
    }

    /// What a browser's or an SDK's tools show: `queue` is the waiting for a place and a replica,
    /// `engine` the time from there to the engine's head.
    public String serverTiming(long now) {
        StringBuilder text = new StringBuilder(64).append("queue;dur=");
        tenths(text, Math.max(0, since(granted)));
        if (coldStart) {
            text.append(";desc=\"cold start\"");
        }
        text.append(", engine;dur=");
        tenths(text, granted == NEVER ? 0 : now - granted);
        return text.toString();
    }

    private static void tenths(StringBuilder text, long nanos) {
        long tenths = nanos / 100_000;
        text.append(tenths / 10).append('.').append(tenths % 10);
    }

    /// All of it, for people: the log line's fields, when it ended, and what was worth a note.
    Map<String, @Nullable Object> told(Instant endedAt, long now) {
        Map<String, @Nullable Object> told = new LinkedHashMap<>();
        told.put("ended_at", endedAt.toString());
        line(now).fields().forEach(told::put);
        told.put("tries", tries);
        told.put("error", end == null ? null : end.told());
        told.put(
                "notes",
                notes.stream()
                        .sorted(Comparator.comparingLong(note -> note.at() - accepted))
                        .map(note -> {
                            Map<String, @Nullable Object> one = new LinkedHashMap<>();
                            one.put("at_ms", millis(note.at() - accepted));
                            one.put("text", note.text());
                            return one;
                        })
                        .toList());
        return told;
    }

    /// What the engine told, else what was counted on the way.
    private @Nullable Long completionTokens() {
        Long told = usage.completionTokens();
        return told == null && chunks > 0 ? Long.valueOf(chunks) : told;
    }

    /// How many tries there were beyond one for each part.
    private int retries() {
        return Math.max(0, tries - 1 - partsMore);
    }

    private int status() {
        return end == null ? 200 : end.status();
    }

    private String outcome() {
        return end == null ? RequestFacts.OK : end.outcome();
    }

    private long since(long moment) {
        return moment == NEVER ? NEVER : moment - accepted;
    }

    private static @Nullable Double millis(long nanos) {
        return nanos < 0 ? null : TimeUnit.NANOSECONDS.toMicros(nanos) / 1000.0;
    }
}

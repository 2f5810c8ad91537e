package cortex.gateway.config;

import cortex.core.config.ByteSize;
import cortex.core.config.Section;
import cortex.core.config.ValueType;
import cortex.core.config.ValueTypes;
import cortex.gateway.body.BodyWeight;
import cortex.gateway.body.MemoryBudget;
import cortex.relay.connection.ClientLimits;

/// Bounds what a client may send, and how much may pile up. Sizes are bytes.
///
/// @param maxBuffered the memory that requests take at once, all together
/// @param maxAnswer the most that is held of one answer
/// @param maxWaiters the requests that may wait for one model
public record LimitsConfig(
        int maxBody,
        int maxHeader,
        long maxBuffered,
        int maxAnswer,
        int maxWaiters,
        int maxConnections,
        RequestsConfig requests) {
    private static final int LARGEST_USUAL_ANSWER = 16 << 20;
    private static final int ANSWERS_IN_BUFFERED = 24;
    private static final ValueType<ByteSize> BODY =
            ValueTypes.byteSize(ByteSize.kib(1), ByteSize.mib(2047));
    private static final ByteSize USUAL_BODY = ByteSize.mib(64);

    /// `max_buffered` is a part of the heap, and the usual `max_body` one of `max_buffered`.
    private static final int BODIES_IN_BUFFERED = 16;

    /// The usual limit on what is held of one answer: a part of what requests may take at once.
    public static int usualAnswer(long maxBuffered) {
        long wholeKib = ((maxBuffered / ANSWERS_IN_BUFFERED) >> 10) << 10;
        return (int) Math.min(LARGEST_USUAL_ANSWER, wholeKib);
    }

    /// Bounds one request and one answer as usual.
    public LimitsConfig(
            int maxBody, int maxHeader, long maxBuffered, int maxWaiters, int maxConnections) {
        this(
                maxBody,
                maxHeader,
                maxBuffered,
                usualAnswer(maxBuffered),
                maxWaiters,
                maxConnections,
                RequestsConfig.USUAL);
    }

    /// What requests take when nothing else is set: three eighths of the heap. The rest is for
    /// connections, answers, the fleet's books, and for the collector to work in.
    private static long usual(long heap) {
        return wholeMib(heap / 8 * 3);
    }

    private static long most(long heap) {
        return wholeMib(heap / 2);
    }

    private static long wholeMib(long bytes) {
        return Math.max(1 << 20, bytes >> 20 << 20);
    }

    /// Reads the limits in `[gateway]` of a program with a heap of at most `heap` bytes. Those on
    /// memory follow from the heap; one that could exhaust it is a problem.
    static LimitsConfig read(Section gateway, long heap, RequestsConfig requests) {
        ByteSize buffered =
                gateway.read(
                                "max_buffered",
                                ValueTypes.byteSize(ByteSize.mib(1), ByteSize.mib(1 << 20)),
                                "Memory for requests at once, all together: their bodies and what"
                                        + " is made of them. At most half of the heap.")
                        .or(new ByteSize(usual(heap)), "(three eighths of the heap)");
        ByteSize body =
                gateway.read("max_body", BODY, "The largest request body; larger ones get a 413.")
                        .or(
                                usualBody(buffered.bytes()),
                                "(a sixteenth of `max_buffered`, at most `\"64MiB\"`)");
        ByteSize answer = answer(gateway, buffered);
        ByteSize header =
                gateway.read(
                                "max_header",
                                ValueTypes.byteSize(ByteSize.kib(1), ByteSize.mib(1)),
                                "The largest request head, its first line not counted; larger ones"
                                        + " get a 431.")
                        .or(ByteSize.kib(16));
        int waiters =
                gateway.read(
                                "max_waiters",
                                ValueTypes.integer(0, 1_000_000),
                                "Requests that may wait for one model; more get a 429.")
                        .or(256);
        int connections =
                ClientLimits.connections(gateway, (int) header.bytes(), heap, "CORTEX_JAVA_OPTS");
        check(gateway, buffered, body, heap);
        return new LimitsConfig(
                (int) body.bytes(),
                (int) header.bytes(),
                buffered.bytes(),
                (int) answer.bytes(),
                waiters,
                connections,
                requests);
    }

    private static ByteSize answer(Section gateway, ByteSize buffered) {
        ByteSize answer =
                gateway.read(
                                "max_answer",
                                ValueTypes.byteSize(ByteSize.kib(64), ByteSize.mib(255)),
                                "The most that is held of one answer: all of it where it is not"
                                        + " streamed in Messages or Responses, and in Responses"
                                        + " always; else tool calls that wait for their turn, and"
                                        + " single lines. A longer one ends as a 502.")
                        .or(
                                new ByteSize(Math.max(64 << 10, usualAnswer(buffered.bytes()))),
                                "(a twenty-fourth of `max_buffered`, at most `\"16MiB\"`)");
        long needs = BodyWeight.ANSWER * answer.bytes();
        long most = MemoryBudget.mostForOne(buffered.bytes());
        if (gateway.has("max_answer") && needs > most) {
            gateway.problem(
                    "max_answer",
                    "an answer of max_answer ("
                            + answer
                            + ") takes up to "
                            + BodyWeight.ANSWER
                            + " times as much until it is sent, which max_buffered ("
                            + buffered
                            + ") has no room for. Set max_answer to "
                            + ByteSize.kib((most / BodyWeight.ANSWER) >> 10)
                            + " or less, or max_buffered to "
                            + mib(MemoryBudget.totalFor(needs))
                            + "MiB with a heap of twice that.");
        }
        return answer;
    }

    private static ByteSize usualBody(long buffered) {
        long part = buffered / BODIES_IN_BUFFERED;
        long round = part >= 1 << 20 ? wholeMib(part) : part >> 10 << 10;
        return round < USUAL_BODY.bytes() ? new ByteSize(round) : USUAL_BODY;
    }

    private static ByteSize largestBody(long buffered) {
        return ByteSize.kib((MemoryBudget.mostForOne(buffered) / BodyWeight.TEXT) >> 10);
    }

    private static void check(Section gateway, ByteSize buffered, ByteSize body, long heap) {
        if (buffered.bytes() > most(heap)) {
            gateway.problem(
                    "max_buffered",
                    "max_buffered ("
                            + buffered
                            + ") may be at most half of the heap: with this heap of "
                            + mib(heap)
                            + " MiB set it to "
                            + new ByteSize(most(heap))
                            + " or less, or start with a larger heap:"
                            + " CORTEX_JAVA_OPTS=-Xmx"
                            + 2 * mib(buffered.bytes())
                            + "m.");
            return;
        }
        long needs = BodyWeight.ofText(body.bytes());
        if (needs > MemoryBudget.mostForOne(buffered.bytes())) {
            String key = gateway.has("max_body") ? "max_body" : "max_buffered";
            long wanted = mib(MemoryBudget.totalFor(needs));
            gateway.problem(
                    key,
                    "a body of max_body ("
                            + body
                            + ") takes up to "
                            + BodyWeight.TEXT
                            + " times as much while it is translated, which max_buffered ("
                            + buffered
                            + ") has no room for. Set max_body to "
                            + largestBody(buffered.bytes())
                            + " or less, or max_buffered to "
                            + wanted
                            + "MiB with a heap of twice that (CORTEX_JAVA_OPTS=-Xmx"
                            + 2 * wanted
                            + "m).");
        }
    }

    private static long mib(long bytes) {
        return Math.ceilDiv(bytes, 1 << 20);
    }
}

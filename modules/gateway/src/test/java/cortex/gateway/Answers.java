package cortex.gateway;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// What an engine says to a streamed chat completion that a translated request became.
final class Answers {
    /// The tokens, apart from everything else, as llama-server tells them.
    static final String USAGE =
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2,"
                    + "\"prompt_tokens_details\":{\"cached_tokens\":3}}}\n\n";

    /// The end of the model's turn.
    static final String FINISH =
            "data: {\"choices\":[{\"finish_reason\":\"stop\",\"index\":0,\"delta\":{}}]}\n\n";

    /// A failure inside the stream.
    static final String ERROR =
            "data: {\"error\":{\"message\":\"broke\",\"type\":\"server_error\"}}\n\n";

    /// One word, and how it ended.
    static final RawEngine.Script WHOLE =
            (_, wire) -> wire.stream(RelayTest.HI + FINISH + USAGE + RelayTest.DONE);

    /// The same, cut in the middle of a line.
    static final RawEngine.Script IN_PIECES =
            (_, wire) ->
                    wire.stream(
                            RelayTest.ROLE,
                            RelayTest.HI.substring(0, 60),
                            RelayTest.HI.substring(60) + FINISH,
                            USAGE + RelayTest.DONE);

    private Answers() {}

    /// One word, and the end only when the latch opens.
    static RawEngine.Script pausing(CountDownLatch more) {
        return (_, wire) -> {
            wire.streamHead();
            wire.chunk(RelayTest.HI);
            more.await();
            wire.chunk(FINISH + RelayTest.DONE);
            wire.end();
        };
    }

    /// One word, and death when the latch opens.
    static RawEngine.Script dying(CountDownLatch seen) {
        return (_, wire) -> {
            wire.streamHead();
            wire.chunk(RelayTest.HI);
            seen.await();
            wire.die();
        };
    }

    /// Death before the first word, but only at the first of the tries that are counted.
    static RawEngine.Script dyingOnce(AtomicInteger tries) {
        return (request, wire) -> {
            if (tries.getAndIncrement() == 0) {
                wire.streamHead();
                wire.chunk(": hi\n\n");
                wire.die();
            }
            WHOLE.answer(request, wire);
        };
    }

    /// Nothing, ever; the latch opens when it was asked.
    static RawEngine.Script silent(CountDownLatch asked) {
        return (_, wire) -> {
            asked.countDown();
            wire.untilHungUp();
        };
    }

    /// A refusal of tools whose schemas hold a pattern.
    static RawEngine.Script withoutPatterns(String refusal) {
        return (request, wire) -> {
            if (request.body().contains("pattern")) {
                wire.json(
                        400,
                        "{\"error\":{\"code\":400,\"message\":\""
                                + refusal
                                + "\",\"type\":\"invalid_request_error\"}}");
            } else {
                WHOLE.answer(request, wire);
            }
        };
    }
}

package cortex.core.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import cortex.core.catalogue.ModelQuirks.Schemas;
import cortex.core.catalogue.ModelQuirks.SystemInMiddle;
import cortex.core.dialect.WorstBodies.Shape;
import cortex.core.dialect.anthropic.TokenCount;
import cortex.core.dialect.anthropic.request.MessagesRequest;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.openai.OpenAiRequest;
import cortex.core.dialect.openai.OpenAiRequest.Form;
import cortex.core.dialect.responses.request.ResponsesRequest;
import cortex.core.engine.EngineApi;
import cortex.core.failure.FailureException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Doubling any list of any request at most doubles what its translation takes: the thread's time
/// on the processor, which other load leaves alone, and what it allocates.
class LinearTest {
    /// What takes the square of a list's length takes four times as much for twice the length.
    private static final double MOST = 3;

    private static final int TRIES = 6;
    private static final int LONGEST = 8_000;

    /// Less than this is noise, and not worth a word.
    private static final long SLIGHT_NANOS = 3_000_000;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final Quirks PECULIAR =
            new Quirks(
                    new Quirks.Turns(true, true, SystemInMiddle.FOLD, true),
                    new Quirks.Reasoning(true, null),
                    new Quirks.Images(true, List.of(), false),
                    Schemas.PLAIN,
                    new Quirks.Answers(true, false),
                    100,
                    List.of());

    private static final List<Target> TARGETS =
            List.of(
                    new Target("m", EngineApi.LLAMA_SERVER, Quirks.NONE),
                    new Target("m", EngineApi.MISTRALRS, PECULIAR));

    static Stream<Shape> shapes() {
        return WorstBodies.all().stream();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void doublingAListAtMostDoublesItsCost(Shape shape) {
        // Parsers keep some thousand names from one text to the next, which a longer list has not.
        int n = Math.min(shape.most() > 20_000 ? 2 * LONGEST : LONGEST, shape.most()) / 2;
        byte[] once = shape.of(n);
        byte[] twice = shape.of(2 * n);
        assertThat(twice.length).isLessThan(5 * once.length / 2 + 200);
        StringBuilder seen = new StringBuilder();
        for (int attempt = 0; attempt < TRIES; attempt++) {
            Spent first = least(shape, once);
            Spent second = least(shape, twice);
            boolean time = second.nanos < MOST * Math.max(first.nanos, SLIGHT_NANOS);
            boolean room = second.bytes < MOST * first.bytes + (1 << 20);
            if (time && room) {
                return;
            }
            seen.append(n).append(": ").append(first).append(" and ").append(second).append('\n');
        }
        assertThat(seen).as(shape.toString()).isEmpty();
    }

    private record Spent(long nanos, long bytes) {}

    private static Spent least(Shape shape, byte[] body) {
        long nanos = Long.MAX_VALUE;
        long bytes = Long.MAX_VALUE;
        for (int run = 0; run < 2; run++) {
            long time = THREADS.getCurrentThreadCpuTime();
            long before = THREADS.getCurrentThreadAllocatedBytes();
            work(shape, body);
            bytes = Math.min(bytes, THREADS.getCurrentThreadAllocatedBytes() - before);
            nanos = Math.min(nanos, THREADS.getCurrentThreadCpuTime() - time);
        }
        return new Spent(nanos, bytes);
    }

    /// All that is done with a body, for a plain model and for a peculiar one.
    private static void work(Shape shape, byte[] body) {
        RequestScan scan = RequestScan.of(LoneSurrogates.replaced(body));
        assertThat(scan.weight()).isPositive();
        for (Target target : TARGETS) {
            try {
                translate(shape, body, scan, target);
            } catch (FailureException e) {
                assertThat(e.failure().status()).isEqualTo(400);
            }
        }
    }

    private static void translate(Shape shape, byte[] body, RequestScan scan, Target target) {
        switch (shape.api()) {
            case CHAT -> OpenAiRequest.of(body, scan, Form.CHAT, target);
            case COMPLETIONS -> OpenAiRequest.of(body, scan, Form.COMPLETIONS, target);
            case EMBEDDINGS, RERANK -> OpenAiRequest.of(body, scan, Form.VECTORS, target);
            case MESSAGES -> MessagesRequest.translate(body, target).chat().bytes();
            case COUNT_TOKENS -> TokenCount.of(body, target).question();
            case RESPONSES -> ResponsesRequest.translate(body, target).chat().bytes();
        }
    }
}

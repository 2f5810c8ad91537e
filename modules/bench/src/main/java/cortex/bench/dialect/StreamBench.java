package cortex.bench.dialect;

import cortex.core.dialect.SseScanner;
import cortex.core.dialect.anthropic.stream.MessageEvents;
import cortex.core.dialect.anthropic.stream.MessageTerms;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.answer.AnswerStream;
import cortex.core.dialect.chat.answer.AnswerWriter;
import cortex.core.dialect.chat.answer.Terms;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.responses.request.ResponsesRequest;
import cortex.core.dialect.responses.request.TranslatedResponses;
import cortex.core.dialect.responses.stream.ResponseEvents;
import cortex.core.dialect.responses.stream.ResponseTerms;
import cortex.core.engine.EngineApi;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// One chunk of an engine's stream: less than twice the CPU when it is translated as when it is
/// passed through, and no garbage for each (`-prof gc`). A whole answer is fed chunk by chunk, so
/// its start and end count for their share.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class StreamBench {
    /// The client's API. With `responses-tools` an agent asked: Responses repeats all its tools, 50
    /// kB, when an answer begins and when it ends.
    @Param({"chat", "messages", "responses", "responses-tools"})
    public String api;

    private final List<byte[]> chunks = EngineAnswer.chunks();
    private TranslatedResponses request;
    private Terms terms;
    private long written;

    /// What of the request the answer needs.
    @Setup
    public void translate() {
        Target target = new Target("m", EngineApi.LLAMA_SERVER, Quirks.NONE);
        byte[] question = "{\"model\":\"m\",\"input\":\"hi\"}".getBytes(StandardCharsets.UTF_8);
        boolean agent = api.endsWith("-tools");
        byte[] asked = agent ? Bodies.of("responses", 200_000) : question;
        request = ResponsesRequest.translate(asked, target);
        terms = Terms.of(request.chat(), target);
    }

    /// One answer, from its first chunk to its last; the number of bytes that went on.
    @Benchmark
    @OperationsPerInvocation(EngineAnswer.CHUNKS)
    public long chunk() {
        written = 0;
        switch (api) {
            case "chat" -> pass();
            case "messages" -> {
                String id = MessageTerms.freshId();
                MessageTerms message = new MessageTerms(id, terms, false);
                translate(new MessageEvents(message, "req_1", this::write));
            }
            case "responses", "responses-tools" -> {
                ResponseTerms.Birth birth = ResponseTerms.Birth.at(1_763_900_000);
                ResponseTerms response =
                        new ResponseTerms(birth, terms, request.tools(), request.echo());
                var numbers = new ResponseEvents.Numbers();
                translate(new ResponseEvents(response, numbers, this::write));
            }
            default -> throw new IllegalArgumentException(api);
        }
        return written;
    }

    private void pass() {
        SseScanner scanner = new SseScanner(true);
        for (byte[] chunk : chunks) {
            scanner.scan(chunk, 0, chunk.length, this::write);
        }
        scanner.end(this::write);
        if (!scanner.finished() || scanner.usage().completionTokens() == null) {
            throw new IllegalStateException("the answer did not end");
        }
    }

    private void translate(AnswerWriter out) {
        AnswerStream stream = new AnswerStream(terms, out);
        for (byte[] chunk : chunks) {
            stream.feed(chunk, 0, chunk.length);
        }
        stream.end();
        if (stream.failure() != null || stream.usage().completionTokens() == null) {
            throw new IllegalStateException("the answer did not end");
        }
    }

    private void write(byte[] bytes, int offset, int length) {
        written += length;
    }
}

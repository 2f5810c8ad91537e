package cortex.bench.dialect;

import cortex.core.dialect.RequestScan;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.openai.ChatRepair;
import cortex.core.engine.EngineApi;
import cortex.gateway.serve.translate.Dialect;
import cortex.gateway.serve.translate.MessagesDialect;
import cortex.gateway.serve.translate.ResponsesDialect;
import cortex.gateway.serve.translate.Translation;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// From a request's body to what the engine is sent: what a 200 kB request of Claude Code or Codex
/// adds to the time to its first token, against the same text to chat completions. A few
/// milliseconds, where the engine needs seconds.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class RequestBench {
    /// The client's API.
    @Param({"chat", "messages", "responses"})
    public String api;

    private final Target target = new Target("m", EngineApi.LLAMA_SERVER, Quirks.NONE);
    private byte[] body;

    /// Makes the body.
    @Setup
    public void write() {
        body = Bodies.of(api, 200_000);
    }

    /// One request, read and made ready to be sent.
    @Benchmark
    public byte[] ask() {
        RequestScan scan = RequestScan.of(body);
        return switch (api) {
            case "chat" -> ChatRepair.repaired(body, scan, target.api());
            case "messages" -> translated(new MessagesDialect("req_1", (_, _, _) -> {}));
            case "responses" -> translated(new ResponsesDialect(1_763_900_000, (_, _, _) -> {}));
            default -> throw new IllegalArgumentException(api);
        };
    }

    private byte[] translated(Dialect dialect) {
        byte[] chat = new Translation(dialect, body, target).chat();
        return RequestScan.ofTranslated(chat).modelName().replaced(chat, target.engineModel());
    }
}

package cortex.bench.route;

import cortex.core.dialect.RequestScan;
import java.nio.charset.StandardCharsets;
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

/// The number that stands for a conversation, so that its requests find their replica again: at
/// most 8 KiB of a body are hashed, which must not show beside reading the body. `most` hashes that
/// much of it, `none` has the same texts where they do not count; the difference is the hash.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class ConversationBench {
    private static final int TEXTS = 8;
    private static final String TEXT =
            "Reads the file at the given path and returns its lines with numbers. ".repeat(18);
    private static final String SESSION = "0f8fad5b-d9cb-469f-a165-70867728950e";

    /// The size of the body, about.
    @Param({"12000", "200000"})
    public int bytes;

    /// How much of it is hashed.
    @Param({"most", "none"})
    public String hashed;

    private byte[] body;

    /// A chat of one system message with several texts, the user's first, and more turns.
    @Setup
    public void write() {
        boolean counts = hashed.equals("most");
        StringBuilder json = new StringBuilder("{\"model\":\"m\",\"messages\":[");
        StringBuilder later = new StringBuilder();
        StringBuilder system = new StringBuilder();
        for (int i = 0; i < TEXTS; i++) {
            String text = "{\"type\":\"text\",\"text\":\"" + i + TEXT + "\"}";
            String nothing = "{\"type\":\"text\",\"text\":\"\"}";
            system.append(i == 0 ? "" : ",").append(counts ? text : nothing);
            later.append(i == 0 ? "" : ",").append(counts ? nothing : text);
        }
        json.append("{\"role\":\"system\",\"content\":[").append(system).append("]}");
        json.append(",{\"role\":\"user\",\"content\":\"\"}");
        json.append(",{\"role\":\"assistant\",\"content\":[").append(later).append("]}");
        while (json.length() < bytes) {
            json.append(",{\"role\":\"user\",\"content\":\"").append(TEXT).append("\"}");
        }
        body = json.append("]}").toString().getBytes(StandardCharsets.UTF_8);
    }

    /// A request's body, read as the gateway reads it.
    @Benchmark
    public long body() {
        return RequestScan.of(body).conversation();
    }

    /// A session's name from a header.
    @Benchmark
    public long name() {
        return RequestScan.conversation(SESSION);
    }
}

package cortex.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class LogFormatsTest {
    private static LogRecord record(Level level, String message, Object... parameters) {
        LogRecord record = new LogRecord(level, message);
        record.setInstant(Instant.parse("2026-03-01T10:20:30.456Z"));
        record.setLoggerName("cortex.gateway.serve.InferenceHandler");
        record.setParameters(parameters);
        return record;
    }

    private static LogLine request() {
        return LogLine.of("request")
                .with("model", "org/tiny")
                .with("node", null)
                .with("status", 200)
                .with("ttft_ms", 12.5)
                .with("cold_start", true)
                .with("note", "a \"b\" c=d");
    }

    private static JsonNode json(LogRecord record) {
        String line = new JsonFormat().format(record);
        assertThat(line).endsWith("}\n");
        assertThat(line.strip()).doesNotContain("\n");
        return Json.MAPPER.readTree(line);
    }

    @Test
    void aRequestInHumanForm() {
        String line = new HumanFormat().format(record(Level.INFO, "{0}", request()));
        assertThat(line)
                .matches("2026-03-01 \\d\\d:20:30\\.456 INFO  InferenceHandler: .*\n")
                .endsWith(
                        "request model=org/tiny status=200 ttft_ms=12.5 cold_start=true"
                                + " note=\"a \\\"b\\\" c=d\"\n");
    }

    @Test
    void aRequestIsOneLineWhateverItsErrorSays() {
        LogLine failed = LogLine.of("request").with("error", "last words:\r\n a \\ \"b\"\nc");
        assertThat(new HumanFormat().format(record(Level.INFO, "{0}", failed)))
                .endsWith("request error=\"last words:\\r\\n a \\\\ \\\"b\\\"\\nc\"\n");
        assertThat(json(record(Level.INFO, "{0}", failed)).path("error").asString())
                .endsWith("\"b\"\nc");
    }

    @Test
    void aRequestAsJsonHasRealFields() {
        JsonNode line = json(record(Level.INFO, "{0}", request()));
        assertThat(line.path("time").asString()).isEqualTo("2026-03-01T10:20:30.456Z");
        assertThat(line.path("level").asString()).isEqualTo("info");
        assertThat(line.path("message").asString()).isEqualTo("request");
        assertThat(line.path("model").asString()).isEqualTo("org/tiny");
        assertThat(line.path("status").isInt()).isTrue();
        assertThat(line.path("ttft_ms").isNumber()).isTrue();
        assertThat(line.path("cold_start").isBoolean()).isTrue();
        assertThat(line.has("node")).isFalse();
    }

    @Test
    void stackTracesAreKept() {
        LogRecord record = record(Level.SEVERE, "it broke");
        record.setThrown(new IllegalStateException("outer", new IllegalArgumentException("inner")));
        assertThat(new HumanFormat().format(record))
                .contains("ERROR InferenceHandler: it broke\n    java.lang.IllegalState")
                .contains("Caused by: java.lang.IllegalArgumentException: inner")
                .contains("stackTracesAreKept");
        assertThat(json(record).path("exception").asString())
                .contains("Caused by: java.lang.IllegalArgumentException: inner");
    }

    @Test
    void whatFailsAgainAndAgainIsTracedOnceAMinute() {
        HumanFormat format = new HumanFormat();
        int[] lines = new int[3];
        for (int i = 0; i < lines.length; i++) {
            LogRecord record = record(Level.SEVERE, "it broke");
            record.setInstant(record.getInstant().plusSeconds(i * 40L));
            record.setThrown(deep());
            String text = format.format(record);
            assertThat(text).contains("java.lang.StackOverflowError").hasSizeLessThan(4_000);
            lines[i] = (int) text.lines().count();
        }
        assertThat(lines[0]).isBetween(20, 40);
        assertThat(lines[1]).isEqualTo(2);
        assertThat(lines[2]).isEqualTo(lines[0]);
    }

    private static StackOverflowError deep() {
        StackOverflowError deep = new StackOverflowError("x".repeat(5_000));
        StackTraceElement[] frames = new StackTraceElement[1024];
        Arrays.fill(frames, new StackTraceElement("a.B", "c", "B.java", 7));
        deep.setStackTrace(frames);
        return deep;
    }

    @Test
    void noTextCanForgeALine() {
        String evil = "x\n2026-03-01 10:00:00.000 INFO  Fake: all is well\r\u001b[2J";
        LogRecord plain = record(Level.WARNING, "refused {0}", evil);
        assertThat(new HumanFormat().format(plain).lines().skip(1))
                .hasSize(1)
                .allMatch(line -> line.startsWith("    ") && !line.contains("\u001b"));
        String field =
                new HumanFormat()
                        .format(record(Level.INFO, "{0}", LogLine.of("r").with("m", evil)));
        assertThat(field.lines().skip(1)).allMatch(line -> line.startsWith("    "));
        assertThat(json(plain).path("message").asString()).isEqualTo("refused " + evil);
    }

    @Test
    void bracesInATextAreLeftAlone() {
        assertThat(new HumanFormat().format(record(Level.INFO, "{\"a\": {0}}")))
                .endsWith(": {\"a\": {0}}\n");
    }

    @Test
    void parametersAreWrittenAsTheyAre() {
        String line =
                new HumanFormat()
                        .format(record(Level.INFO, "can't reach {0} on {1}: {2}", "a$1", 44_445));
        assertThat(line).endsWith(": can't reach a$1 on 44445: {2}\n");
    }

    @Test
    void theHttpLibraryIsHeardOnlyWhenItWarns() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Formatter formatter = new HumanFormat();
        LineHandler handler =
                new LineHandler(formatter, new PrintStream(bytes, true, StandardCharsets.UTF_8));
        for (Level level : new Level[] {Level.INFO, Level.WARNING}) {
            LogRecord record = record(level, "from the library at " + level);
            record.setLoggerName("io.helidon.webserver.LoomServer");
            handler.publish(record);
            handler.publish(record(level, "ours at " + level));
        }
        assertThat(bytes.toString(StandardCharsets.UTF_8).lines().map(l -> l.split(": ", 2)[1]))
                .containsExactly("ours at INFO", "from the library at WARNING", "ours at WARNING");
    }
}

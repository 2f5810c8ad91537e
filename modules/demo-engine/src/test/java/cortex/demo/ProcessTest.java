package cortex.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How the program starts, what it leaves behind, and how it ends, as a process of its own.
final class ProcessTest {
    private static final Pattern LISTENING = Pattern.compile("listening on http://[^:]+:(\\d+)");

    @TempDir private Path directory;

    private Child child(Map<String, String> environment, String... args) throws IOException {
        return new Child(directory, environment, args);
    }

    /// A demo engine as a child process with its log in a file.
    private static final class Child implements AutoCloseable {
        final Process process;
        private final Path log;

        Child(Path directory, Map<String, String> environment, String... args) throws IOException {
            log = Files.createTempFile(directory, "engine", ".log");
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
            command.addAll(List.of("-p", System.getProperty("jdk.module.path")));
            command.addAll(List.of("-m", "cortex.demo/cortex.demo.Main"));
            command.addAll(List.of("--host", "127.0.0.1", "--port", "0"));
            command.addAll(List.of(args));
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().putAll(environment);
            builder.redirectErrorStream(true).redirectOutput(log.toFile());
            process = builder.start();
        }

        String log() {
            try {
                return Files.readString(log, StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        int port() throws InterruptedException {
            Started.until("it listens", () -> LISTENING.matcher(log()).find());
            Matcher matcher = LISTENING.matcher(log());
            assertThat(matcher.find()).isTrue();
            return Integer.parseInt(matcher.group(1));
        }

        int exit() throws InterruptedException {
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    @Test
    void badValuesAndFailedLoadsExitWith1() throws Exception {
        try (Child child = child(Map.of(), "--speed", "fast")) {
            assertThat(child.exit()).isEqualTo(1);
            assertThat(child.log()).contains("error: Invalid value for option '--speed'");
        }
        try (Child child = child(Map.of(), "--load-fails")) {
            assertThat(child.exit()).isEqualTo(1);
            assertThat(child.log()).contains("exiting due to model loading error");
        }
    }

    @Test
    void aFlagItDoesNotKnowIsTakenWithAWarning() throws Exception {
        String[] args = {"--flash-attn", "on", "-ub", "512", "--flash-attn", "off"};
        try (Child child = child(Map.of(), args)) {
            child.port();
            assertThat(child.log().lines().filter(line -> line.startsWith("warning")))
                    .containsExactly(
                            "warning: --flash-attn does nothing in the demo engine",
                            "warning: -ub does nothing in the demo engine");
        }
    }

    @Test
    void terminateEndsItWith0AfterTheLoadAndWith143Before() throws Exception {
        try (Child child = child(Map.of())) {
            child.port();
            child.process.destroy();
            assertThat(child.exit()).isZero();
        }
        try (Child child = child(Map.of(), "--load-time", "1h")) {
            Started.until("it loads", () -> child.log().contains("loading model"));
            child.process.destroy();
            assertThat(child.exit()).isEqualTo(143);
        }
        try (Child child = child(Map.of(), "--api", "mistralrs")) {
            child.port();
            child.process.destroy();
            assertThat(child.exit()).isEqualTo(143);
        }
    }

    @Test
    void aCrashTakesTheProcessWithIt() throws Exception {
        try (Child child = child(Map.of(), "--speed", "0")) {
            RawClient.Reply reply =
                    RawClient.chat(child.port(), "[[crash after 5]]", ",\"stream\":true");
            assertThat(reply.events()).hasSize(6);
            assertThat(reply.end()).isEqualTo(RawClient.End.CUT);
            assertThat(child.exit()).isEqualTo(134);
        }
    }

    @Test
    void whatBecameOfItsRequestsCanBeReadWhenItIsGone() throws Exception {
        Path books = Files.createDirectories(directory.resolve("books"));
        try (Child child = child(Map.of("DEMO_BOOK_DIR", books.toString()))) {
            int port = child.port();
            for (String id : List.of("good", "cut")) {
                String say = id.equals("cut") ? "[[die after 2]]" : "Hi";
                String body = RawClient.chatBody(say, ",\"stream\":true");
                try (RawClient client = new RawClient(port)) {
                    client.lines(
                                    "POST /v1/chat/completions HTTP/1.1",
                                    "Host: test",
                                    "X-Request-Id: " + id,
                                    "Content-Length: " + body.length(),
                                    "")
                            .raw(body)
                            .reply();
                }
            }
            Path book = books.resolve(child.process.pid() + ".book");
            Started.until("it is written", () -> lines(book).size() == 4);
            child.process.destroyForcibly();
            child.exit();
            assertThat(lines(book))
                    .containsExactly(
                            "began good /v1/chat/completions",
                            "ended good 200",
                            "began cut /v1/chat/completions",
                            "dropped cut");
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void deviceMemoryIsHeldWhileItLives() throws Exception {
        Path vram = directory.resolve("vram");
        String[] args = {"--vram-mb", "4001", "--vram-dir", vram.toString()};
        try (Child child = child(Map.of("CUDA_VISIBLE_DEVICES", "1,GPU-x"), args)) {
            child.port();
            Path file = vram.resolve(child.process.pid() + ".0");
            assertThat(file).hasContent("1 2001\nGPU-x 2000\n");
            child.process.destroy();
            child.exit();
            // It counts only while its process lives; nvidia-smi takes it away.
            assertThat(file).hasContent("1 2001\nGPU-x 2000\n");
        }
        try (Child child = child(Map.of("CUDA_VISIBLE_DEVICES", "0"), leaking(args))) {
            child.port();
            child.process.destroy();
            child.exit();
            Path file = vram.resolve(child.process.pid() + ".0");
            assertThat(Files.readString(file)).startsWith("0 4001\nuntil ");
        }
    }

    private static String[] leaking(String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of("--leak-vram", "2s"));
        return all.toArray(String[]::new);
    }
}

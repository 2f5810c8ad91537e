package cortex.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The worst bodies that anybody may send leave a gateway with a heap of 256 MiB alive, and the
/// others served.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class HeapTest {
    private static final int MIB = 1 << 20;
    private static final int AT_ONCE = 5;

    /// Fewer than the gateway refuses at once.
    private static final int TURNS = 19_000;

    private static final String SMALL = "{\"model\":\"tiny\",\"messages\":[]}";

    private final RawEngine engine = new RawEngine();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Process gateway;
    private int port;

    @BeforeAll
    void start(@TempDir Path dir) throws Exception {
        engine.script =
                (request, wire) -> {
                    if (request.body().contains("\"stream\":true")) {
                        wire.stream(RelayTest.HI + RelayTest.DONE);
                    } else {
                        wire.json(200, "{}");
                    }
                };
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of("-Xmx256m", "-XX:+ExitOnOutOfMemoryError", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-cp", classPath(), SmallHeapGateway.class.getName()));
        command.addAll(List.of(dir.toString(), engine.endpoint().toString()));
        gateway =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        var said = new BufferedReader(new InputStreamReader(gateway.getInputStream(), UTF_8));
        String line = said.readLine();
        assertThat(line).startsWith("port ");
        port = Integer.parseInt(line.substring("port ".length()));
        Thread.ofVirtual().start(() -> said.lines().forEach(_ -> {}));
        assertThat(post("/v1/chat/completions", SMALL.getBytes(UTF_8), false)).isEqualTo(200);
    }

    @AfterAll
    void stop() throws Exception {
        gateway.getOutputStream().close();
        if (!gateway.waitFor(10, TimeUnit.SECONDS)) {
            gateway.destroyForcibly().waitFor();
        }
        engine.close();
        client.close();
    }

    /// In a program of its own there are no modules, whatever this one was started with.
    private static String classPath() throws Exception {
        List<String> parts = new ArrayList<>();
        for (Class<?> here : List.of(HeapTest.class, Gateway.class)) {
            parts.add(
                    Path.of(here.getProtectionDomain().getCodeSource().getLocation().toURI())
                            .toString());
        }
        for (String property : List.of("jdk.module.path", "java.class.path")) {
            parts.addAll(Arrays.asList(System.getProperty(property, "").split(File.pathSeparator)));
        }
        if (HeapTest.class.getClassLoader() instanceof URLClassLoader loader) {
            for (URL url : loader.getURLs()) {
                parts.add(Path.of(url.toURI()).toString());
            }
        }
        // The test's own classes lie in a directory that the module was patched with.
        parts.add(Path.of("target", "test-classes").toAbsolutePath().toString());
        return String.join(File.pathSeparator, parts);
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(60))
                .header("content-type", "application/json");
    }

    private int post(String path, byte[] body, boolean encoded) throws Exception {
        return client.send(request(path, body, encoded), BodyHandlers.discarding()).statusCode();
    }

    private HttpRequest request(String path, byte[] body, boolean encoded) {
        HttpRequest.Builder request = to(path).POST(BodyPublishers.ofByteArray(body));
        return (encoded ? request.header("content-encoding", "gzip") : request).build();
    }

    private static byte[] bomb(String field, int size) throws IOException {
        String head = "{\"model\":\"tiny\",\"max_tokens\":5,\"" + field + "\":[{}";
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] unit = ",{}".repeat(10_000).getBytes(UTF_8);
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(head.getBytes(UTF_8));
            for (int written = head.length(); written < size; written += unit.length) {
                out.write(unit);
            }
            out.write("]}".getBytes(UTF_8));
        }
        return bytes.toByteArray();
    }

    private void survives(String path, byte[] body) throws Exception {
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            answers.add(client.sendAsync(request(path, body, true), BodyHandlers.ofString()));
        }
        for (int i = 0; i < 3; i++) {
            assertThat(post("/v1/chat/completions", SMALL.getBytes(UTF_8), false)).isEqualTo(200);
            assertThat(client.send(to("/health").build(), BodyHandlers.discarding()).statusCode())
                    .isEqualTo(200);
        }
        for (CompletableFuture<HttpResponse<String>> answer : answers) {
            HttpResponse<String> response = answer.get(60, TimeUnit.SECONDS);
            assertThat(response.statusCode()).as(response.body()).isIn(200, 400, 413, 429);
        }
        assertThat(gateway.isAlive()).isTrue();
    }

    /// 62 KiB each of this ended a gateway with a heap of 1 GiB.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/messages",
                "/v1/messages/count_tokens",
                "/v1/responses",
                "/v1/chat/completions"
            })
    void tinyValuesThatUnfold(String path) throws Exception {
        survives(path, bomb("tools", 63 * MIB));
        survives(path, bomb("metadata", 5 * MIB));
        survives(path, bomb("messages", MIB));
        survives(path, bomb("stop_sequences", 200 << 10));
    }

    @Test
    void textsOfTheLargestSize() throws Exception {
        String text =
                "{\"model\":\"tiny\",\"max_tokens\":5,"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\""
                        + "\u00e9\\n".repeat(MIB)
                        + "\"}]}";
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(UTF_8));
        }
        survives("/v1/messages", bytes.toByteArray());
        survives("/v1/chat/completions", bytes.toByteArray());
    }

    /// Two of this, of 43 KB each, kept everybody waiting for 58 s.
    @Test
    void healthIsToldWhileLongConversationsAreTranslated() throws Exception {
        String turn = ",{\"role\":\"user\",\"content\":\"a\"}";
        String text =
                "{\"model\":\"tiny\",\"max_tokens\":5,\"messages\":["
                        + turn.repeat(TURNS).substring(1)
                        + "]}";
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(UTF_8));
        }
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 2 * AT_ONCE; i++) {
            answers.add(
                    client.sendAsync(
                            request("/v1/messages", bytes.toByteArray(), true),
                            BodyHandlers.ofString()));
        }
        List<Long> took = new ArrayList<>();
        while (took.size() < 10 || answers.stream().anyMatch(answer -> !answer.isDone())) {
            long begun = System.nanoTime();
            assertThat(client.send(to("/health").build(), BodyHandlers.discarding()).statusCode())
                    .isEqualTo(200);
            took.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
        }
        Collections.sort(took);
        assertThat(took.get(took.size() / 2)).as("median of %s", took).isLessThanOrEqualTo(50);
        assertThat(took.getLast()).isLessThan(5000);
        for (CompletableFuture<HttpResponse<String>> answer : answers) {
            assertThat(answer.get(60, TimeUnit.SECONDS).statusCode()).isIn(200, 429);
        }
    }
}

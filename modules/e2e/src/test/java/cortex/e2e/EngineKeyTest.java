package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// An engine listens where everybody on its host reaches it, web pages in a browser included: it
/// answers its neuron alone.
@Tag(Engines.TAG)
@Timeout(120)
class EngineKeyTest {
    private static final String CHAT =
            """
            {"model":"org/tiny","max_tokens":4,"messages":[{"role":"user","content":"hello"}]}\
            """;

    @TempDir private Path dir;

    @Test
    void anEngineAnswersItsNeuronAloneAlsoAfterTheNeuronsRestart() throws Exception {
        try (Stack stack = Stack.start(dir)) {
            assertThat(stack.post("/v1/chat/completions", CHAT).statusCode()).isEqualTo(200);
            List<String> command = command(stack);
            String engine = "http://127.0.0.1:" + after(command, "--port");
            refuses(engine);
            assertThat(command).noneMatch(argument -> argument.contains("key"));

            stack.killNeuron();
            stack.startNeuronAgain();
            Stack.until("it is taken over", () -> stack.replicas().size() == 1);
            assertThat(stack.post("/v1/chat/completions", CHAT).statusCode()).isEqualTo(200);
            refuses(engine);
        }
    }

    private static List<String> command(Stack stack) {
        String[] arguments =
                stack.engineProcesses("org/tiny")
                        .iterator()
                        .next()
                        .info()
                        .arguments()
                        .orElseThrow();
        return List.of(arguments);
    }

    private static String after(List<String> command, String flag) {
        return command.get(command.lastIndexOf(flag) + 1);
    }

    /// As a web page may ask, which needs no leave for a plain text.
    private static void refuses(String engine) throws IOException, InterruptedException {
        HttpClient http = HttpClient.newHttpClient();
        HttpRequest chat =
                HttpRequest.newBuilder(URI.create(engine + "/v1/chat/completions"))
                        .header("Origin", "https://evil.example")
                        .header("Content-Type", "text/plain")
                        .POST(HttpRequest.BodyPublishers.ofString(CHAT))
                        .build();
        assertThat(http.send(chat, BodyHandlers.ofString()).statusCode()).isEqualTo(401);
        for (String path : List.of("/slots", "/props", "/metrics")) {
            HttpRequest look = HttpRequest.newBuilder(URI.create(engine + path)).build();
            assertThat(http.send(look, BodyHandlers.ofString()).statusCode())
                    .as(path)
                    .isEqualTo(401);
        }
    }
}

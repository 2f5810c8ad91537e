package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A client whose requests end the engine, over real processes: each is tried once, nobody reads an
/// engine's last words, and another client is served as soon as the engine is back.
class EngineDeathTest {
    private static final String DEADLY = "[[crash after 0]] my password is hunter2";

    @TempDir static Path dir;
    private static Stack stack;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws Exception {
        Assumptions.assumeTrue(Engines.chosen().demo(), "only the demo engine dies when told to");
        stack = Stack.start(dir, "api_keys = [\"alice-0123456789ab\", \"bob-0123456789abcd\"]");
    }

    @AfterAll
    static void stop() {
        if (stack != null) {
            stack.close();
        }
    }

    private static HttpResponse<String> ask(String key, String text) throws Exception {
        Map<String, Object> message = Map.of("role", "user", "content", text);
        Map<String, Object> body =
                Map.of("model", "doomed", "max_tokens", 5, "messages", List.of(message));
        return HTTP.send(
                HttpRequest.newBuilder(URI.create(stack.api() + "/v1/chat/completions"))
                        .timeout(Duration.ofSeconds(60))
                        .header("content-type", "application/json")
                        .header("authorization", "Bearer " + key)
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        Json.MAPPER.writeValueAsString(body)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static long deaths() {
        return stack.neuron().log().lines().filter(line -> line.contains(" failed: ")).count();
    }

    @Test
    void aDeadlyRequestEndsOneEngineAndOthersAreServed() throws Exception {
        String alice = "alice-0123456789ab";
        String bob = "bob-0123456789abcd";
        assertThat(ask(alice, "hello").statusCode()).isEqualTo(200);

        HttpResponse<String> first = ask(bob, DEADLY);
        assertThat(first.statusCode()).isEqualTo(502);
        assertThat(first.body())
                .contains("\"code\":\"engine_died\"", "the engine ended (signal 6)")
                .doesNotContain("hunter2", "CUDA", dir.toString());
        assertThat(ask(bob, "hello").statusCode()).as("held off").isEqualTo(429);
        assertThat(ask(alice, "hello again").statusCode()).isEqualTo(200);
        for (String key : List.of(alice, bob)) {
            HttpResponse<String> equal = ask(key, DEADLY);
            assertThat(equal.statusCode()).isEqualTo(422);
            assertThat(equal.body()).contains("request_ended_engine").doesNotContain("CUDA");
        }
        assertThat(ask(alice, "and again").statusCode()).isEqualTo(200);
        assertThat(deaths()).as("engines that died").isOne();

        String id = first.headers().firstValue("x-request-id").orElseThrow();
        assertThat(stack.get(stack.api() + "/admin/requests/" + id).body())
                .as("operators read the last words")
                .contains("engine_died", "CUDA error");
    }
}

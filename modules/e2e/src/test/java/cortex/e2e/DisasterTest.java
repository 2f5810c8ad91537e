package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletionChunk;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Engines and neurons killed under running requests.
class DisasterTest {
    @TempDir static Path dir;
    private static Stack stack;
    private static OpenAIClient client;

    @BeforeAll
    static void start() throws Exception {
        stack = Stack.start(dir);
        client = stack.client();
    }

    @AfterAll
    static void stop() {
        client.close();
        stack.close();
    }

    @Test
    void anEngineKilledInMidStreamIsAnErrorAndTheModelComesBack() throws Exception {
        assertThatThrownBy(
                        () -> {
                            try (StreamResponse<ChatCompletionChunk> stream =
                                    Chat.forever(client, "doomed")) {
                                var chunks = stream.stream().iterator();
                                chunks.next();
                                chunks.next();
                                kill("doomed");
                                while (chunks.hasNext()) {
                                    chunks.next();
                                }
                            }
                        })
                .isInstanceOf(com.openai.errors.OpenAIException.class);
        assertThat(Chat.text(client, "doomed")).isNotBlank();
    }

    private static void kill(String model) throws InterruptedException {
        Set<ProcessHandle> engines = stack.engineProcesses(model);
        assertThat(engines).hasSize(1);
        engines.forEach(ProcessHandle::destroyForcibly);
        Stack.until("it is gone", () -> engines.stream().noneMatch(ProcessHandle::isAlive));
    }

    @Test
    void aNeuronKilledAndBackServesAgainWithoutOrphans() throws Exception {
        assertThat(Chat.text(client, "restarted")).isNotBlank();
        Set<ProcessHandle> before = stack.engineProcesses("restarted");
        stack.killNeuron();
        Stack.until(
                "the gateway notices",
                () ->
                        !stack.post("/v1/chat/completions", ask())
                                .body()
                                .contains("chat.completion"));
        stack.startNeuronAgain();
        Stack.until(
                "the model answers again",
                () -> stack.post("/v1/chat/completions", ask()).statusCode() == 200);
        long alive =
                before.stream().filter(ProcessHandle::isAlive).count()
                        + stack.engineProcesses("restarted").stream()
                                .filter(p -> !before.contains(p))
                                .count();
        assertThat(alive).as("engine processes of one model").isEqualTo(1);
    }

    private static String ask() {
        return """
        {"model":"restarted","messages":[{"role":"user","content":"Hi"}]}\
        """;
    }
}

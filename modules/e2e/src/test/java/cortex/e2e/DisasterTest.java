package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletionChunk;
import cortex.core.node.Json;
import java.nio.file.Path;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Engines and neurons killed under running requests.
@Tag(Engines.TAG)
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
    void aNeuronKilledAndBackServesWhoWaitedForItWithoutOrphans() throws Exception {
        assertThat(Chat.text(client, "restarted")).isNotBlank();
        Set<ProcessHandle> before = stack.engineProcesses("restarted");
        stack.killNeuron();
        Stack.until("the gateway notices", () -> !fleet().at("/nodes/0/healthy").asBoolean(true));
        Queue<Integer> answered = new ConcurrentLinkedQueue<>();
        Thread waits =
                Thread.ofVirtual()
                        .name("waits")
                        .start(() ->
                                answered.add(
                                        stack.post("/v1/chat/completions", ask()).statusCode()));
        Stack.until("it waits", () -> fleet().at("/queues/0/waiting").asInt(0) == 1);
        assertThat(stack.post("/admin/plan", "{\"model\":\"restarted\"}").body())
                .contains("would wait for here.", "here: does not answer");
        stack.startNeuronAgain();
        waits.join();
        assertThat(answered).containsExactly(200);
        long alive =
                before.stream().filter(ProcessHandle::isAlive).count()
                        + stack.engineProcesses("restarted").stream()
                                .filter(p -> !before.contains(p))
                                .count();
        assertThat(alive).as("engine processes of one model").isEqualTo(1);
    }

    private static JsonNode fleet() {
        return Json.MAPPER.readTree(stack.get(stack.api() + "/admin/fleet").body());
    }

    private static String ask() {
        return """
        {"model":"restarted","messages":[{"role":"user","content":"Hi"}]}\
        """;
    }
}

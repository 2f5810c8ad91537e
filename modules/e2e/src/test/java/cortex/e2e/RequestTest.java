package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.NotFoundException;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.embeddings.EmbeddingCreateParams;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One request all the way, driven by the official OpenAI SDK through both real programs.
@Tag(Engines.TAG)
class RequestTest {
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
    void aWholeAnswer() {
        var answer = client.chat().completions().create(Chat.ask("org/tiny", "Hi"));
        assertThat(answer.choices()).hasSize(1);
        assertThat(answer.choices().getFirst().message().content().orElse("")).isNotBlank();
        assertThat(answer.usage().orElseThrow().completionTokens()).isPositive();
        assertThat(answer.usage().orElseThrow().promptTokens()).isPositive();
    }

    @Test
    void aStreamSaysTheSameAsTheWholeAnswer() {
        String whole = Chat.text(client, "org/tiny");
        StringBuilder text = new StringBuilder();
        int chunks = 0;
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(Chat.ask("org/tiny", "Hi"))) {
            for (ChatCompletionChunk chunk :
                    (Iterable<ChatCompletionChunk>) stream.stream()::iterator) {
                text.append(Chat.content(chunk));
                chunks++;
            }
        }
        assertThat(text.toString()).isEqualTo(whole);
        assertThat(chunks).isGreaterThan(5);
    }

    @Test
    void anAliasIsTheModel() {
        assertThat(Chat.text(client, Engines.alias("org/tiny"))).isNotBlank();
    }

    @Test
    void leavingAStreamFreesTheEngine() throws Exception {
        try (StreamResponse<ChatCompletionChunk> stream = Chat.forever(client, "org/tiny")) {
            var chunks = stream.stream().iterator();
            for (int i = 0; i < 3; i++) {
                chunks.next();
            }
            assertThat(stack.engineIdle("org/tiny")).isFalse();
        }
        Stack.until("the slot is free", () -> stack.engineIdle("org/tiny"));
        Stack.until("no request is in flight", () -> stack.replica("org/tiny").inFlight() == 0);
    }

    @Test
    void anUnknownModelIsNamed() {
        assertThatThrownBy(() -> Chat.text(client, "org/tinny"))
                .isInstanceOfSatisfying(
                        NotFoundException.class,
                        e -> {
                            assertThat(e.code()).hasValue("model_not_found");
                            assertThat(e.getMessage()).contains("org/tinny").contains("org/tiny");
                        });
    }

    @Test
    void aColdModelIsLoadedAndCounted() throws Exception {
        assertThat(stack.replicas()).noneMatch(info -> info.id().equals("cold-one"));
        assertThat(Chat.text(client, "cold-one")).isNotBlank();
        assertThat(stack.metrics())
                .containsPattern(
                        "(?m)^cortex_cold_starts_total\\{.*model=\"cold-one\".*} 1(\\.0)?$")
                .containsPattern("(?m)^cortex_requests_total\\{.*model=\"cold-one\".*} 1(\\.0)?$")
                .contains("cortex_time_to_first_token_seconds_bucket")
                .contains("cortex_request_duration_seconds_bucket")
                .containsPattern("(?m)^cortex_completion_tokens_total\\{.*cold-one.*} [1-9]")
                .containsPattern("(?m)^cortex_prompt_tokens_total\\{.*cold-one.*} [1-9]");
    }

    @Test
    void manyRequestsForAColdModelCauseOneLoad() throws Exception {
        List<Callable<String>> requests = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            requests.add(() -> Chat.text(client, "cold-many"));
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<String> answer : threads.invokeAll(requests)) {
                assertThat(answer.get()).isNotBlank();
            }
        }
        assertThat(stack.replicas()).filteredOn(info -> info.id().equals("cold-many")).hasSize(1);
        assertThat(stack.engineProcesses("cold-many")).hasSize(1);
    }

    @Test
    void theListOfModelsServesTheSdk() {
        var models = client.models().list().data();
        assertThat(models).extracting(model -> model.id()).contains("org/tiny", "cold-one");
        assertThat(client.models().retrieve("org/tiny").id()).isEqualTo("org/tiny");
    }

    @Test
    void aBodyOverTheLimitIsRefused() {
        String body = "{\"model\":\"org/tiny\",\"pad\":\"" + "x".repeat(2 << 20) + "\"}";
        var answer = stack.post("/v1/chat/completions", body);
        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(answer.body()).contains("\"error\"");
    }

    @Test
    void nonsenseIsRefusedInTheEnvelope() {
        for (String body : List.of("", "{", "[]", "\u0000\u0001", "{\"model\":3}", "{}", "nul")) {
            var answer = stack.post("/v1/chat/completions", body);
            assertThat(answer.statusCode()).as(body).isEqualTo(400);
            assertThat(answer.body()).contains("\"error\"").contains("invalid_request_error");
            assertThat(answer.headers().firstValue("x-request-id")).isPresent();
        }
        assertThat(stack.get(stack.api() + "/v1/nope").statusCode()).isEqualTo(404);
        assertThat(stack.get(stack.api() + "/v1/chat/completions").statusCode()).isEqualTo(405);
        assertThat(stack.get(stack.api() + "/health").statusCode()).isEqualTo(200);
    }

    @Test
    void embeddingsPassThrough() {
        var answer =
                client.embeddings()
                        .create(
                                EmbeddingCreateParams.builder()
                                        .model("vectors")
                                        .input("some text")
                                        .build());
        assertThat(answer.data().getFirst().embedding()).isNotEmpty();
    }
}

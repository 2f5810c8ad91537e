package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Requests for as many answers as the model has slots, or more: in parts, so that others are
/// answered meanwhile.
@Tag(Engines.TAG)
class PartsTest {
    private static final String MODEL = "shared";
    private static final String ALICE = "sk-alice";

    @TempDir static Path dir;
    private static Stack stack;
    private static OpenAIClient bob;
    private static OpenAIClient alice;

    @BeforeAll
    static void start() throws Exception {
        stack = Stack.start(dir, "api_keys = [\"" + Stack.KEY + "\", \"" + ALICE + "\"]\n");
        bob = stack.client();
        alice = stack.client(ALICE);
        assertThat(Chat.text(bob, MODEL)).as("the model is loaded").isNotBlank();
    }

    @AfterAll
    static void stop() {
        bob.close();
        alice.close();
        stack.close();
    }

    @Test
    void othersAreAnsweredBesideOneThatAsksForAllSlots() throws Exception {
        try (StreamResponse<ChatCompletionChunk> endless =
                bob.chat()
                        .completions()
                        .createStreaming(
                                Chat.ask(MODEL, "go on forever").toBuilder()
                                        .n(Engines.SLOTS)
                                        .build())) {
            assertThat(endless.stream().iterator().next().choices()).isNotEmpty();
            assertThat(Chat.text(alice, MODEL)).isNotBlank();
            assertThat(stack.replica(MODEL).inFlight()).as("Bob's still runs").isEqualTo(1);
        }
        Stack.until("no request is in flight", () -> stack.replica(MODEL).inFlight() == 0);
    }

    @Test
    void moreAnswersThanThereAreSlots() {
        int many = 2 * Engines.SLOTS - 1;
        ChatCompletion answer =
                bob.chat().completions().create(Chat.ask(MODEL, "Hi").toBuilder().n(many).build());
        List<Long> numbers = answer.choices().stream().map(ChatCompletion.Choice::index).toList();
        assertThat(numbers).isSorted().doesNotHaveDuplicates().hasSize(many);
        long one =
                bob.chat()
                        .completions()
                        .create(Chat.ask(MODEL, "Hi"))
                        .usage()
                        .orElseThrow()
                        .promptTokens();
        assertThat(answer.usage().orElseThrow().promptTokens()).isEqualTo(one);
    }

    @Test
    void aStreamOfMoreAnswersThanThereAreSlots() {
        int many = 2 * Engines.SLOTS - 1;
        Set<Long> finished = new TreeSet<>();
        Set<String> ids = new TreeSet<>();
        try (StreamResponse<ChatCompletionChunk> stream =
                bob.chat()
                        .completions()
                        .createStreaming(Chat.ask(MODEL, "Hi").toBuilder().n(many).build())) {
            stream.stream()
                    .forEach(chunk -> {
                        ids.add(chunk.id());
                        chunk.choices().stream()
                                .filter(choice -> choice.finishReason().isPresent())
                                .forEach(choice -> finished.add(choice.index()));
                    });
        }
        assertThat(ids).hasSize(1);
        assertThat(finished).hasSize(many);
    }
}

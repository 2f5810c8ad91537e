package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.models.chat.completions.ChatCompletionChunk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// An engine whose process lives and does nothing any more, over real processes.
@Tag(Engines.TAG)
@Timeout(180)
class FrozenEngineTest {
    @TempDir Path dir;

    @Test
    void aFrozenEngineIsFoundEndedAndLoadedAgain() throws Exception {
        try (Stack stack = Stack.start(dir, "", "engine_silence = \"3s\"\n")) {
            assertThat(Chat.text(stack.client(), "slow")).isNotBlank();
            String replica = stack.replica("slow").replica();
            try (var stream = Chat.forever(stack.client(), "slow")) {
                Iterator<ChatCompletionChunk> chunks = stream.stream().iterator();
                chunks.next();
                freeze(stack);
                assertThatThrownBy(() -> chunks.forEachRemaining(chunk -> {}))
                        .as("the stream's end")
                        .hasMessageContaining("broke off");
            }
            assertThat(stack.neuron().log())
                    .contains("replica " + replica + ": the engine is frozen: it has not");
            assertThat(Chat.text(stack.client(), "slow")).isNotBlank();
            freeze(stack);
            assertThat(Chat.text(stack.client(), "slow"))
                    .as("what has seen nothing of an answer is asked again")
                    .isNotBlank();
        }
    }

    private static void freeze(Stack stack) throws IOException, InterruptedException {
        var engines = stack.engineProcesses("slow");
        assertThat(engines).isNotEmpty();
        for (ProcessHandle engine : engines) {
            String pid = Long.toString(engine.pid());
            assertThat(new ProcessBuilder("kill", "-STOP", pid).start().waitFor()).isZero();
        }
    }
}

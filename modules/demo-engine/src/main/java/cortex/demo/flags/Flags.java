package cortex.demo.flags;

import cortex.core.config.HostPort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the demo engine was started. The fate of each request is written into a file of `bookDir`;
/// `key` is asked of everybody, as llama-server does.
public record Flags(
        Api api,
        HostPort address,
        Served served,
        Pace pace,
        Memory memory,
        @Nullable Path bookDir,
        @Nullable String key) {
    /// Whose HTTP is spoken.
    public enum Api {
        /// llama-server's.
        LLAMA,
        /// mistral.rs's.
        MISTRALRS
    }

    /// What is served: the names, the first of them the default; the model's file; `parallel`
    /// requests of `context` tokens each; and what the engine can do besides chat.
    public record Served(
            List<String> models, String path, int parallel, int context, Abilities abilities) {
        public Served {
            models = List.copyOf(models);
        }

        /// The name answered with, and the default model's.
        public String alias() {
            return models.getFirst();
        }
    }

    /// What the engine can do besides chat.
    public record Abilities(boolean vision, boolean embeddings, boolean rerank) {}

    /// How long a load takes and whether it fails halfway; tokens a second, 0 for as fast as
    /// possible.
    public record Pace(Duration load, boolean loadFails, double speed) {}

    /// The device memory of each model in MiB, the folder that says so, and how long it stays taken
    /// after the process's end and after an unload.
    public record Memory(int mebibytes, @Nullable Path dir, Duration leak, Duration leakOnUnload) {}
}

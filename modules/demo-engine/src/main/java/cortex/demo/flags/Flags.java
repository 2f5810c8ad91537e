package cortex.demo.flags;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the demo engine was started: first what llama-server and mistral.rs understand too, then its
/// own. `context` is in tokens over all slots unless `slots` was left at its default; `models` are
/// the names served, the first of them the default; speeds are tokens a second, 0 for as fast as
/// possible; `leak` is how long device memory stays taken after exit, `unloadLeak` after an unload,
/// negative for ever; into a file of `bookDir` it is written what becomes of each request;
/// `template` is the chat template as it is told, never rendered.
public record Flags(
        Api api,
        String host,
        int port,
        List<String> models,
        String modelPath,
        int context,
        int parallel,
        boolean ownContext,
        int gpuLayers,
        boolean metrics,
        boolean embeddings,
        boolean rerank,
        boolean vision,
        String template,
        @Nullable String apiKey,
        Duration ping,
        Duration loadTime,
        boolean loadFails,
        double speed,
        double prefill,
        String reply,
        int vramMb,
        @Nullable Path vramDir,
        @Nullable Path bookDir,
        Duration leak,
        Duration unloadLeak,
        boolean reloadFails,
        boolean ignoreTerm,
        boolean hangOnTerm) {
    /// Whose HTTP is spoken.
    public enum Api {
        /// llama-server's.
        LLAMA,
        /// mistral.rs's.
        MISTRALRS
    }

    public Flags {
        models = List.copyOf(models);
    }

    /// The name answered with, and the default model's.
    public String alias() {
        return models.getFirst();
    }

    /// The tokens one slot has room for: a share of the context when the slots were counted, else
    /// all of it.
    public int slotContext() {
        return ownContext ? context : Math.max(1, context / parallel);
    }
}

package cortex.core.node;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// How an engine is to run a model: from the catalogue, never from a client's request. `path` is a
/// file on the node, `source` a repository (`hf:org/repo:quant`); `context` is in tokens over all
/// slots; `tensorSplit` are the devices' shares; `args` go to the engine's command line as they
/// are.
public record EngineOptions(
        @Nullable String path,
        @Nullable String source,
        @Nullable Integer context,
        @Nullable Integer parallel,
        @Nullable Integer gpuLayers,
        List<Double> tensorSplit,
        @Nullable String mmproj,
        List<String> args) {
    /// Everything left to the engine.
    public static final EngineOptions NONE =
            new EngineOptions(null, null, null, null, null, List.of(), null, List.of());

    public EngineOptions {
        tensorSplit = tensorSplit == null ? List.of() : List.copyOf(tensorSplit);
        args = args == null ? List.of() : List.copyOf(args);
    }
}

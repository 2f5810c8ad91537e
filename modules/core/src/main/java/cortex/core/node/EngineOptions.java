package cortex.core.node;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How an engine is to run a model: from the catalogue, never from a client's request. `context` is
/// in tokens over all slots; `tensorSplit` are the devices' shares; `args` go to the engine's
/// command line as they are. On the wire the origin's fields stand among its own.
public record EngineOptions(
        @JsonUnwrapped Origin origin,
        @Nullable Integer context,
        @Nullable Integer parallel,
        @Nullable Integer gpuLayers,
        List<Double> tensorSplit,
        @Nullable String mmproj,
        List<String> args) {
    /// Everything left to the engine.
    public static final EngineOptions NONE =
            new EngineOptions(Origin.NONE, null, null, null, List.of(), null, List.of());

    /// Where the engine gets the model: `path` is a file on the node, `source` a repository
    /// (`hf:org/repo:quant`).
    public record Origin(@Nullable String path, @Nullable String source) {
        /// Left to the engine, which is given the model's id.
        public static final Origin NONE = new Origin(null, null);

        /// The repository, or the model's id where none is given.
        public String sourceOr(String modelId) {
            return source == null ? modelId : source;
        }
    }

    public EngineOptions {
        tensorSplit = tensorSplit == null ? List.of() : List.copyOf(tensorSplit);
        args = args == null ? List.of() : List.copyOf(args);
    }
}

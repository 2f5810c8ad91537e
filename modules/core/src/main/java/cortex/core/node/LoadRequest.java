package cortex.core.node;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// `POST /models/load`. `devices` are the indexes the engine may use, empty for the CPU;
/// `tensorParallel` is their number when the model is split; `vramMb` is the catalogue's
/// expectation.
public record LoadRequest(
        String modelId,
        String harness,
        @Nullable String quant,
        @Nullable Integer tensorParallel,
        List<Integer> devices,
        @Nullable Long vramMb,
        EngineOptions options) {
    public LoadRequest {
        devices = devices == null ? List.of() : List.copyOf(devices);
        options = options == null ? EngineOptions.NONE : options;
    }
}

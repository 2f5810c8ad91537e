package cortex.core.node;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One entry of `GET /models`: one replica. `replica` is the neuron's id for this very load, fresh
/// each time; `engineModel` is the name the engine answers to; `reason` the engine's last words
/// when failed; `slots` how many requests the engine takes at once.
public record ModelInfo(
        String id,
        String harness,
        ModelStatus status,
        List<Integer> devices,
        @Nullable Long vramUsedMb,
        String replica,
        @Nullable String engineModel,
        int inFlight,
        @Nullable Integer slots,
        @Nullable Integer context,
        @Nullable Double loadSecs,
        @Nullable String reason) {
    public ModelInfo {
        devices = devices == null ? List.of() : List.copyOf(devices);
    }
}

package cortex.core.node;

import cortex.core.engine.EngineTraits;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One entry of `GET /models`: one replica. `replica` is the neuron's id for this very load, fresh
/// each time; `engineModel` is the name the engine answers to; `reason` the engine's last words
/// when failed; `slots` how many requests the engine takes at once, `context` the tokens one of
/// them may have; `traits` what the engine says of the model, null until it is ready.
///
/// Memory is what was measured, in MiB, null when unknown: `vramUsedMb` over all devices (for a
/// model on the CPU the host's memory that its processes hold), `devicesUsedMb` on each of
/// `devices` in their order, `peakUsedMb` the most that `vramUsedMb` ever was.
///
/// While it loads, `progress` is the share done, 0 to 1, as far as anybody can tell, and
/// `lastProgressSecs` how long ago anything showed that the load gets on; null otherwise.
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
        @Nullable EngineTraits traits,
        @Nullable Double loadSecs,
        @Nullable String reason,
        @Nullable List<Long> devicesUsedMb,
        @Nullable Long peakUsedMb,
        @Nullable Double progress,
        @Nullable Double lastProgressSecs) {
    public ModelInfo {
        devices = devices == null ? List.of() : List.copyOf(devices);
        devicesUsedMb = devicesUsedMb == null ? null : List.copyOf(devicesUsedMb);
    }

    /// `GET /models/{id}/endpoint`: the base URL under which `/v1/…` of the engine is reached (no
    /// slash at its end), and the name the engine answers to.
    public record Endpoint(String url, String engineModel, String replica) {}

    /// A replica of whose memory no more than the sum is known, and nothing of its progress.
    public ModelInfo(
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
            @Nullable EngineTraits traits,
            @Nullable Double loadSecs,
            @Nullable String reason) {
        this(
                id,
                harness,
                status,
                devices,
                vramUsedMb,
                replica,
                engineModel,
                inFlight,
                slots,
                context,
                traits,
                loadSecs,
                reason,
                null,
                null,
                null,
                null);
    }
}

package cortex.core.node;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import cortex.core.engine.EngineTraits;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One entry of `GET /models`: one replica. `replica` is the neuron's id for this very load, fresh
/// each time. On the wire it is one flat object: it is read by Jackson, which looks for the parts'
/// fields among its own, and written by {@link #flat}, which keeps the order.
public record ModelInfo(
        String id,
        String replica,
        ModelStatus status,
        int inFlight,
        @JsonUnwrapped Engine engine,
        @JsonUnwrapped Memory memory,
        @JsonUnwrapped Load load) {
    /// What runs it: `engineModel` is the name the engine answers to, `slots` how many requests it
    /// takes at once, `context` the tokens one of them may have, `traits` what it says of the
    /// model, null until it is ready. When it failed, `reason` says how, in a sentence of the
    /// neuron's, and `cause` why, as far as the engine's output tells; null from a neuron that does
    /// not look for it.
    public record Engine(
            String harness,
            @Nullable String engineModel,
            @Nullable Integer slots,
            @Nullable Integer context,
            @Nullable EngineTraits traits,
            @Nullable String reason,
            @Nullable FailureCause cause) {
        /// One that has not failed, or whose cause is not known.
        public Engine(
                String harness,
                @Nullable String engineModel,
                @Nullable Integer slots,
                @Nullable Integer context,
                @Nullable EngineTraits traits,
                @Nullable String reason) {
            this(harness, engineModel, slots, context, traits, reason, null);
        }
    }

    /// What was measured of its memory, in MiB, null when unknown: `vramUsedMb` over all devices
    /// (for a model on the CPU the host's memory that its processes hold), `devicesUsedMb` on each
    /// of `devices` in their order, `peakUsedMb` the most that `vramUsedMb` ever was.
    public record Memory(
            List<Integer> devices,
            @Nullable Long vramUsedMb,
            @Nullable List<Long> devicesUsedMb,
            @Nullable Long peakUsedMb) {
        public Memory {
            devices = devices == null ? List.of() : List.copyOf(devices);
            devicesUsedMb = devicesUsedMb == null ? null : List.copyOf(devicesUsedMb);
        }

        /// Memory of which no more than the sum is known.
        public static Memory of(List<Integer> devices, @Nullable Long vramUsedMb) {
            return new Memory(devices, vramUsedMb, null, null);
        }
    }

    /// How its load goes, or how long it took. While it loads, `progress` is the share done, 0 to
    /// 1, as far as anybody can tell, and `lastProgressSecs` how long ago anything showed that the
    /// load gets on; null otherwise. `downloadedMb` is how much of the model lies on the disk while
    /// it is being downloaded, in MiB; null while it is not. `rest` says when it may be loaded
    /// again, null when it is not kept from that.
    public record Load(
            @Nullable Double loadSecs,
            @Nullable Double progress,
            @Nullable Double lastProgressSecs,
            @Nullable Long downloadedMb,
            @Nullable Rest rest) {
        /// A load that downloads nothing.
        public Load(
                @Nullable Double loadSecs,
                @Nullable Double progress,
                @Nullable Double lastProgressSecs) {
            this(loadSecs, progress, lastProgressSecs, null, null);
        }

        /// A load of whose progress nothing is known.
        public static Load took(@Nullable Double secs) {
            return new Load(secs, null, null);
        }
    }

    /// For how many seconds more the neuron refuses to load a model that failed; `served` when its
    /// engine was ready before it ended.
    public record Rest(double secs, boolean served) {}

    /// `GET /models/{id}/endpoint`: the base URL under which `/v1/…` of the engine is reached (no
    /// slash at its end), and the name the engine answers to.
    public record Endpoint(String url, String engineModel, String replica) {}

    /// Its fields as they stand on the wire.
    @JsonValue
    Map<String, @Nullable Object> flat() {
        Map<String, @Nullable Object> flat = new LinkedHashMap<>();
        flat.put("id", id);
        flat.put("harness", engine.harness());
        flat.put("status", status);
        flat.put("devices", memory.devices());
        flat.put("vram_used_mb", memory.vramUsedMb());
        flat.put("replica", replica);
        flat.put("engine_model", engine.engineModel());
        flat.put("in_flight", inFlight);
        flat.put("slots", engine.slots());
        flat.put("context", engine.context());
        flat.put("traits", engine.traits());
        flat.put("load_secs", load.loadSecs());
        flat.put("reason", engine.reason());
        flat.put("cause", engine.cause());
        flat.put("devices_used_mb", memory.devicesUsedMb());
        flat.put("peak_used_mb", memory.peakUsedMb());
        flat.put("progress", load.progress());
        flat.put("last_progress_secs", load.lastProgressSecs());
        flat.put("downloaded_mb", load.downloadedMb());
        flat.put("rest", load.rest());
        return flat;
    }
}

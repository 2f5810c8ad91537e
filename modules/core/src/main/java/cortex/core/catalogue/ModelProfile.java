package cortex.core.catalogue;

import cortex.core.node.EngineOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One model's entry in the catalogue: how to serve it, never where (but for the nodes it prefers).
public record ModelProfile(
        String id,
        List<String> aliases,
        String harness,
        @Nullable String quant,
        Needs needs,
        EngineOptions options) {
    public ModelProfile {
        aliases = List.copyOf(aliases);
    }

    /// What a node must have. `vramMb` is over all devices, in MiB, null when not told; with
    /// `minDevices` 0 the model runs on the CPU and `vramMb` counts against free RAM.
    public record Needs(
            @Nullable Long vramMb,
            int minDevices,
            @Nullable Long minDeviceVramMb,
            List<String> pinnedOn) {
        public Needs {
            pinnedOn = List.copyOf(pinnedOn);
        }
    }
}

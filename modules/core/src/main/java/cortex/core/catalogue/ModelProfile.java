package cortex.core.catalogue;

import cortex.core.node.EngineOptions;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One model's entry in the catalogue: how to serve it, never where (but for the nodes it prefers).
/// `maxInFlight` requests for it may be under way at once, null when it has no limit of its own.
public record ModelProfile(
        String id,
        List<String> aliases,
        Engine engine,
        Needs needs,
        Residency residency,
        ModelQuirks quirks,
        @Nullable Integer maxInFlight) {
    public ModelProfile {
        aliases = List.copyOf(aliases);
    }

    /// A model of which nothing peculiar is said, with no limit of its own.
    public ModelProfile(
            String id, List<String> aliases, Engine engine, Needs needs, Residency residency) {
        this(id, aliases, engine, needs, residency, ModelQuirks.NONE, null);
    }

    /// What runs it, with which quantisation and options.
    public record Engine(String harness, @Nullable String quant, EngineOptions options) {}

    /// What a node must have. `vramMb` is over all devices, in MiB, null when not told; with
    /// `minDevices` 0 the model runs on the CPU and `vramMb` counts against free RAM.
    /// `minCapability` is CUDA's compute capability that each device must have at least. It goes to
    /// no other nodes than `nodes`, to any where there are none.
    public record Needs(
            @Nullable Long vramMb,
            int minDevices,
            @Nullable Long minDeviceVramMb,
            @Nullable ComputeCapability minCapability,
            List<String> pinnedOn,
            List<String> nodes) {
        public Needs {
            pinnedOn = List.copyOf(pinnedOn);
            nodes = List.copyOf(nodes);
        }

        /// What any node may have.
        public Needs(
                @Nullable Long vramMb,
                int minDevices,
                @Nullable Long minDeviceVramMb,
                @Nullable ComputeCapability minCapability,
                List<String> pinnedOn) {
            this(vramMb, minDevices, minDeviceVramMb, minCapability, pinnedOn, List.of());
        }

        /// Whether it may go to a node.
        public boolean allows(String node) {
            return nodes.isEmpty() || nodes.contains(node);
        }
    }

    /// How long the model stays, and how much of it there is. A model displaces those of its own
    /// `priority` and below, never above. `ttl` is the idleness after which it is unloaded though
    /// nobody needs the room, null for never. There are at least `minReplicas` (loaded unasked when
    /// there is free room) and at most `maxReplicas`, each on a node of its own.
    public record Residency(
            int priority, @Nullable Duration ttl, int minReplicas, int maxReplicas) {
        /// Loaded when asked for, one of it, displaced by its equals.
        public static final Residency DEFAULT = new Residency(0, null, 0, 1);

        public Residency {
            if (minReplicas < 0 || maxReplicas < 1 || minReplicas > maxReplicas) {
                throw new IllegalArgumentException(
                        "not a number of replicas: " + minReplicas + " to " + maxReplicas);
            }
        }
    }
}

package cortex.gateway.fleet.machine;

import cortex.core.node.DeviceHealth;
import cortex.core.node.Discovery;
import cortex.core.node.NodeHealth;
import cortex.gateway.placement.NodeRoom;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One configured node as the fleet knows it. Changed by the machine only. Times are monotonic
/// nanoseconds.
public final class NodeState {
    final String name;
    final URI endpoint;
    final List<Replica> replicas = new ArrayList<>();

    /// Replicas that are gone, whose memory has not been measured as free yet.
    final List<Departure> departures = new ArrayList<>();

    /// The models an operator pinned here; replaced, never changed, so that anybody may read it.
    volatile Set<String> pins = Set.of();

    /// Whether an operator took it out of use.
    boolean draining;

    /// The harness that is being restarted; null when none is.
    @Nullable Restart restart;

    /// When a restart may be tried again.
    long restartAt = Long.MIN_VALUE;

    boolean answered;
    boolean healthy;
    int misses;
    @Nullable String problem;
    @Nullable Discovery discovery;
    @Nullable NodeHealth health;

    /// What it holds that the catalogue does not have.
    Unknown unknown = Unknown.NONE;

    /// When the last report was asked for, and when its device readings were taken at the latest.
    long reportedAt = Long.MIN_VALUE;

    long readingAt = Long.MIN_VALUE;

    /// Reports asked for before this may still speak of replicas that are gone.
    long removedAt = Long.MIN_VALUE;

    /// Nothing is placed here before a report asked for after this: what a command did is unknown.
    long unsettledSince = Long.MIN_VALUE;

    /// What the planner sees; null when it has to be made anew.
    @Nullable NodeRoom room;

    NodeState(String name, URI endpoint) {
        this.name = name;
        this.endpoint = endpoint;
    }

    /// Models on a node that the catalogue does not have: how many, and the names of a few.
    public record Unknown(int count, List<String> names) {
        /// There are none.
        public static final Unknown NONE = new Unknown(0, List.of());

        public Unknown {
            names = List.copyOf(names);
        }
    }

    /// A restart of one of its harnesses, and the replicas it takes away.
    record Restart(long generation, String harness, List<Replica> replicas) {}

    /// The memory of a replica that is gone, until it is measured as free: what is expected back of
    /// each device, and how much is free of each once most of it is back. `hidden` when the last
    /// reading may not have shown it as taken.
    record Departure(
            List<Integer> devices,
            List<Long> heldMb,
            List<Long> backAtMb,
            boolean hidden,
            long at) {

        /// What a load must leave alone of one of the devices until a reading shows what is really
        /// taken.
        long reservedMb(int slot, long readingAt) {
            return hidden && readingAt <= at ? heldMb.get(slot) : 0;
        }

        /// What was free of one of the devices before a hidden one was loaded.
        long freeBeforeMb(int slot) {
            return backAtMb.get(slot) + heldMb.get(slot) / 4;
        }
    }

    /// The free memory of a device (or of the host) as last measured, null when unknown.
    @Nullable Long measuredMb(int device) {
        NodeHealth readings = health;
        if (readings == null) {
            return null;
        }
        if (device == NodeRoom.RAM) {
            return readings.ramFreeMb();
        }
        return readings.devices().stream()
                .filter(d -> d.index() == device)
                .findFirst()
                .map(DeviceHealth::vramFreeMb)
                .orElse(null);
    }

    /// The free memory of some devices, in their order; 0 stands for unknown.
    List<Long> measuredMb(List<Integer> devices) {
        return devices.stream()
                .map(this::measuredMb)
                .map(free -> free == null ? 0L : free)
                .toList();
    }

    boolean settled() {
        return reportedAt > unsettledSince;
    }

    /// The configured name.
    public String name() {
        return name;
    }

    /// The neuron's base URL.
    public URI endpoint() {
        return endpoint;
    }

    /// Whether it ever answered.
    public boolean answered() {
        return answered;
    }

    /// Whether it answers.
    public boolean healthy() {
        return healthy;
    }

    /// Why it is not healthy, or null.
    public @Nullable String problem() {
        return problem;
    }

    /// Its host, once known.
    public @Nullable Discovery discovery() {
        return discovery;
    }

    /// Whether an operator took it out of use.
    public boolean draining() {
        return draining;
    }

    /// The models an operator pinned here, in order.
    public List<String> pins() {
        return pins.stream().sorted().toList();
    }

    /// The harness that is being restarted, or null.
    public @Nullable String restarting() {
        Restart now = restart;
        return now == null ? null : now.harness;
    }

    /// Its last readings.
    public @Nullable NodeHealth health() {
        return health;
    }

    /// What it holds that the catalogue does not have.
    public Unknown unknown() {
        return unknown;
    }
}

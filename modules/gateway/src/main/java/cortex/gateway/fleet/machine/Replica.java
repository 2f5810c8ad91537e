package cortex.gateway.fleet.machine;

import cortex.gateway.placement.NodeRoom;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One replica as the fleet knows it. Its identity never changes; its state is moved by the machine
/// only, and may be read by anybody.
public final class Replica {
    final NodeState home;

    /// What was free of each device before it was loaded; empty when it was found loaded.
    final List<Long> freeBefore;

    /// What it is expected to take of each device, in MiB.
    final long perDeviceMb;

    /// Whether a reading was taken since it was loaded, so that its memory is among what is not
    /// free.
    boolean measured;

    /// What its node says it holds over its devices, null when that is unknown.
    @Nullable Long usedMb;

    /// When `usedMb` was told.
    long usedAt;

    /// What it was known to hold before the last reading was taken: that much of what is expected
    /// of it is not among the free memory any more.
    long shownMb;

    /// Requests its node sees that were not sent from here: another gateway's.
    int foreignInFlight;

    /// Whether it is never unloaded to make room.
    boolean pinned;

    /// The neuron's own id for this load; null until the neuron told it.
    @Nullable String neuronId;

    private final long generation;
    private final String model;
    private final List<Integer> devices;
    private volatile ReplicaState state;

    Replica(long generation, Place place, ReplicaState state) {
        this.generation = generation;
        this.home = place.node;
        this.model = place.model;
        this.devices = List.copyOf(place.devices);
        this.perDeviceMb = place.perDeviceMb;
        this.freeBefore = place.node.measuredMb(slots());
        this.state = state;
    }

    /// What a replica is a copy of, where it is, and what is expected of each device.
    record Place(String model, NodeState node, List<Integer> devices, long perDeviceMb) {}

    /// The load it belongs to, never used again.
    public long generation() {
        return generation;
    }

    /// The id of its model.
    public String model() {
        return model;
    }

    /// The name of its node.
    public String node() {
        return home.name;
    }

    /// Whether its node answers.
    public boolean reachable() {
        return home.healthy;
    }

    /// The devices it runs on; empty for the CPU.
    public List<Integer> devices() {
        return devices;
    }

    /// Where it is in its life now.
    public ReplicaState state() {
        return state;
    }

    /// The devices, or the host's memory when it runs on the CPU.
    List<Integer> slots() {
        return devices.isEmpty() ? List.of(NodeRoom.RAM) : devices;
    }

    /// What it holds of each device as far as anybody knows; null when nobody does.
    @Nullable Long heldMb() {
        Long told = usedMb;
        long used = told == null ? 0 : told / slots().size();
        long held = measured && used > 0 ? used : Math.max(used, perDeviceMb);
        return held > 0 ? held : null;
    }

    /// Takes note of what its node says it holds, beside a reading taken at `readingAt`.
    void uses(@Nullable Long mb, long readingAt, long now) {
        Long before = usedMb;
        if (before != null && readingAt > usedAt) {
            shownMb = before;
        }
        usedMb = mb;
        usedAt = now;
    }

    /// For the machine's `move` only, which knows what is legal.
    void become(ReplicaState next) {
        state = next;
    }
}

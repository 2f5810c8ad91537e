package cortex.gateway.fleet.machine;

import java.util.List;

/// One replica as the fleet knows it. Its identity never changes; its state is moved by the machine
/// only, and may be read by anybody.
public final class Replica {
    private final long generation;
    private final String model;
    private final String node;
    private final List<Integer> devices;
    private final long reservedMb;
    private volatile ReplicaState state;

    Replica(long generation, Place place, ReplicaState state) {
        this.generation = generation;
        this.model = place.model;
        this.node = place.node;
        this.devices = List.copyOf(place.devices);
        this.reservedMb = place.reservedMb;
        this.state = state;
    }

    /// What a replica is a copy of, where it is, and the memory expected of it over its devices.
    record Place(String model, String node, List<Integer> devices, long reservedMb) {}

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
        return node;
    }

    /// The devices it runs on; empty for the CPU.
    public List<Integer> devices() {
        return devices;
    }

    /// The memory it is expected to take over its devices, in MiB.
    public long reservedMb() {
        return reservedMb;
    }

    /// Where it is in its life now.
    public ReplicaState state() {
        return state;
    }

    void move(ReplicaState next) {
        state = next;
    }
}

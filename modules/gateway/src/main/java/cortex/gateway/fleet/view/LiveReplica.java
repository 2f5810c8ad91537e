package cortex.gateway.fleet.view;

import cortex.gateway.fleet.rules.ReplicaState;
import java.util.List;
import java.util.function.Supplier;

/// Is one replica as readers outside the fleet's lock see it: all of it is fixed but its state.
///
/// @param generation the load it belongs to, never used again
/// @param devices the devices it runs on; empty for the CPU
/// @param reachable whether its node answers
/// @param pinned whether it is never unloaded to make room, by the catalogue or by an operator
/// @param live reads its state; may be called by any thread
public record LiveReplica(
        long generation,
        String model,
        String node,
        List<Integer> devices,
        boolean reachable,
        boolean pinned,
        Supplier<ReplicaState> live) {
    public LiveReplica {
        devices = List.copyOf(devices);
    }

    /// Returns where it is in its life now.
    public ReplicaState state() {
        return live.get();
    }
}

package cortex.gateway.fleet.view;

import cortex.gateway.fleet.rules.ReplicaState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Is one replica as readers outside the fleet's lock see it: all of it is fixed but its state and
/// how far a download is.
///
/// @param generation the load it belongs to, never used again
/// @param devices the devices it runs on; empty for the CPU
/// @param reachable whether its node answers
/// @param pinned whether it is never unloaded to make room, by the catalogue or by an operator
/// @param live reads what changes; may be called by any thread
public record LiveReplica(
        long generation,
        String model,
        String node,
        List<Integer> devices,
        boolean reachable,
        boolean pinned,
        Live live) {
    /// Reads what changes of a replica; may be called by any thread.
    public interface Live {
        /// Returns where it is in its life now.
        ReplicaState state();

        /// Returns what of its model has been downloaded so far, in MiB; null while nothing is.
        @Nullable Long downloadedMb();
    }

    public LiveReplica {
        devices = List.copyOf(devices);
    }

    /// Returns where it is in its life now.
    public ReplicaState state() {
        return live.state();
    }

    /// Returns what of its model has been downloaded so far, in MiB; null while nothing is.
    public @Nullable Long downloadedMb() {
        return live.downloadedMb();
    }
}

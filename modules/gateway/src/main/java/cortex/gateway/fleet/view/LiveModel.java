package cortex.gateway.fleet.view;

import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// Is one model as readers outside the fleet's lock see it: all of it is fixed but the length of
/// its queue.
///
/// @param wanted whether an operator wants it loaded and it is not yet
/// @param loadSecs how long its last load took, in seconds; null when none was seen
/// @param failures where loading it failed and has not been successful since
/// @param live reads the length of its queue; may be called by any thread
public record LiveModel(
        String id,
        boolean wanted,
        @Nullable Double loadSecs,
        List<LoadFailure> failures,
        IntSupplier live) {
    /// Is a load that failed on a node, and why.
    public record LoadFailure(String node, String reason) {}

    public LiveModel {
        failures = List.copyOf(failures);
    }

    /// Returns how many requests wait for it now.
    public int waiting() {
        return live.getAsInt();
    }
}

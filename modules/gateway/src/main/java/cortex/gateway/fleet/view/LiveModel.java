package cortex.gateway.fleet.view;

import cortex.gateway.fleet.rules.Backoff;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// Is one model as readers outside the fleet's lock see it: all of it is fixed but the length of
/// its queue.
///
/// @param wanted whether an operator wants it loaded and it is not yet
/// @param loadSecs how long its last load took, in seconds; null when none was seen
/// @param failures how loading it failed where it has not been successful since
/// @param live reads the length of its queue; may be called by any thread
public record LiveModel(
        String id, boolean wanted, @Nullable Double loadSecs, Failures failures, IntSupplier live) {
    /// Is how loading a model failed, by node; `everywhere` when no node can load it before
    /// something changes.
    public record Failures(Map<String, Backoff> byNode, boolean everywhere) {
        /// There are none.
        public static final Failures NONE = new Failures(Map.of(), false);

        public Failures {
            byNode = Collections.unmodifiableMap(new LinkedHashMap<>(byNode));
        }
    }

    /// Returns how many requests wait for it now.
    public int waiting() {
        return live.getAsInt();
    }
}

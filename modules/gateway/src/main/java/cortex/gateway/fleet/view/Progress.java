package cortex.gateway.fleet.view;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Says how far a waiting request's model is. `node` is where it is or will be, as far as that is
/// known; `eta` about how long it still takes, null when that is not known.
public record Progress(Stage stage, @Nullable String node, @Nullable Duration eta) {
    /// Names what a request waits for.
    public enum Stage {
        /// The model is being loaded.
        LOADING,
        /// Others have to leave first.
        MAKING_ROOM,
        /// The node that is to have it does not answer, and is waited for.
        AWAY,
        /// The model is loaded, and busy to its limit.
        QUEUED
    }
}

package cortex.gateway.placement;

import cortex.core.files.ModelFiles;
import cortex.gateway.placement.eviction.Resident;
import cortex.gateway.placement.eviction.Resident.Use;
import cortex.gateway.placement.eviction.Worth;
import cortex.gateway.placement.footprint.Learned;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Is what a decision depends on beside the rooms. `now` is monotonic nanoseconds; a replica stays
/// for `minResidencyNanos` after it was loaded. `hold` says for a node (by name) why the model in
/// particular cannot go there now, or null; `worth` what is known about having a model loaded;
/// `learned` is what the model was measured to take; `begun` are the nodes where others drain
/// already so that it gets room.
public record Circumstances(
        long now,
        long minResidencyNanos,
        Hold hold,
        Function<String, Worth> worth,
        Learned learned,
        Set<String> begun) {
    public Circumstances {
        begun = Set.copyOf(begun);
    }

    /// Makes the same for a model for which nobody drains yet.
    public Circumstances(
            long now,
            long minResidencyNanos,
            Hold hold,
            Function<String, Worth> worth,
            Learned learned) {
        this(now, minResidencyNanos, hold, worth, learned, Set.of());
    }

    /// Says a model's own reasons not to go to a node.
    @FunctionalInterface
    public interface Hold {
        /// Returns why it cannot go to the node of that name now; null when it can.
        @Nullable Reason on(String node);

        /// Returns why the node of that name is no place for it, whatever room it has; null when it
        /// is, as far as is known.
        default @Nullable Reason lacks(String node) {
            return null;
        }

        /// Returns what the model would have to be downloaded to the node of that name for; null
        /// when it need not be, as far as is known.
        default @Nullable ModelFiles downloads(String node) {
            return null;
        }

        /// Returns what became of the model on the node of that name before.
        default Past past(String node) {
            return Past.UNTRIED;
        }
    }

    /// Says what became of a model on a node before, best first.
    public enum Past {
        /// It was ready there, and no load of it has failed since.
        WORKED,
        /// Nothing is known.
        UNTRIED,
        /// Its last load there failed.
        FAILED
    }

    /// Returns whether a model of this class may make a replica leave, now or later.
    boolean mayDisplace(Resident resident, int priority) {
        return !resident.pinned() && resident.priority() <= priority;
    }

    /// Returns whether a model of this class may make a replica leave now.
    boolean mayEvict(Resident resident, int priority) {
        return resident.activity().use() == Use.IDLE
                && mayDisplace(resident, priority)
                && now - resident.activity().loadedAt() >= minResidencyNanos;
    }

    /// Returns why a replica does not leave now for a model of this class, or null when it may.
    @Nullable String obstacle(Resident resident, int priority) {
        if (resident.pinned()) {
            return "is pinned";
        }
        if (resident.priority() > priority) {
            return "has residency_priority "
                    + resident.priority()
                    + ", higher than this model's "
                    + priority;
        }
        return switch (resident.activity().use()) {
            case BUSY -> "has requests in flight";
            case LOADING -> "is being loaded";
            case LEAVING -> "is being unloaded";
            case IDLE ->
                    now - resident.activity().loadedAt() < minResidencyNanos
                            ? "was loaded less than min_residency ago"
                            : null;
        };
    }
}

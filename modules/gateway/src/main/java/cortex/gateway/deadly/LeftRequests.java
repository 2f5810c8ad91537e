package cortex.gateway.deadly;

import cortex.gateway.deadly.Deadly.Request;
import cortex.gateway.deadly.Deadly.Where;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The requests that were given up lately while an engine worked at them. Bounded. Belongs to
/// {@link Deadly} and is read and written under its lock only.
final class LeftRequests {
    /// So long after it was given up a request may still be what ends an engine.
    private static final long LATELY = Duration.ofSeconds(10).toNanos();

    private static final int MOST = 256;

    private final Deque<Left> all = new ArrayDeque<>();

    /// A request that was given up.
    record Left(Request request, Where where, long at) {}

    boolean isEmpty() {
        return all.isEmpty();
    }

    void add(Request request, Where where, long now) {
        forget(now);
        if (all.size() >= MOST) {
            all.removeFirst();
        }
        all.add(new Left(request, where, now));
    }

    /// Forgets what was given up too long ago.
    void forget(long now) {
        all.removeIf(left -> now - left.at() > LATELY);
    }

    /// Takes those out that were in the engine of that load.
    List<Left> take(long generation, long now) {
        List<Left> taken = new ArrayList<>();
        all.removeIf(left -> {
            boolean its = left.where().generation() == generation;
            if (its && now - left.at() <= LATELY) {
                taken.add(left);
            }
            return its;
        });
        return taken;
    }

    /// The loads among `ended` whose engines some of them were in, if that was `before` a time.
    Set<Long> in(Collection<Long> ended, long before) {
        Set<Long> loads = new LinkedHashSet<>();
        for (Left left : all) {
            if (before - left.at() > 0 && ended.contains(left.where().generation())) {
                loads.add(left.where().generation());
            }
        }
        return loads;
    }
}

package cortex.gateway.fleet.machine;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The requests waiting for one model, first come, first served. A place is free the moment its
/// request leaves.
final class WaitQueue {
    private final Set<Long> requests = new LinkedHashSet<>();
    private final int limit;

    WaitQueue(int limit) {
        this.limit = limit;
    }

    /// Takes a place; false when there is none.
    boolean offer(long request) {
        return requests.size() < limit && requests.add(request);
    }

    /// Gives a place back; false when the request had none.
    boolean leave(long request) {
        return requests.remove(request);
    }

    /// Empties the queue; the requests in their order.
    List<Long> drain() {
        List<Long> all = new ArrayList<>(requests);
        requests.clear();
        return all;
    }

    boolean isEmpty() {
        return requests.isEmpty();
    }

    int size() {
        return requests.size();
    }

    /// The number of the request that waits longest; only when not empty.
    long oldest() {
        return requests.iterator().next();
    }
}

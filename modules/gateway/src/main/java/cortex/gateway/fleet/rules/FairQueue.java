package cortex.gateway.fleet.rules;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The requests waiting for one model. Clients take turns, and each client's own requests are
/// served first come, first served; so a client with a thousand requests waiting delays another by
/// one. A place is free the moment its request leaves. Changed by its one owner; its size may be
/// read by anybody.
public final class FairQueue {
    private final Map<Long, Waiter> arrivals = new LinkedHashMap<>();

    /// Whose turn it is comes first.
    private final Map<String, Map<Long, Waiter>> clients = new LinkedHashMap<>();

    private final int limit;
    private volatile int size;

    /// A queue with `limit` places over all clients.
    public FairQueue(int limit) {
        this.limit = limit;
    }

    /// One request that waits. `since` is monotonic nanoseconds; `cold` when no replica was ready
    /// as it came, so that it waits for a load or for one that is away.
    public record Waiter(long request, String client, Taste taste, long since, boolean cold) {}

    /// Which replica a request would rather have: the one that served its conversation (0 for
    /// none), and not the one of the generation `avoid` (0 for none).
    public record Taste(long conversation, long avoid) {}

    /// Takes a place; false when there is none.
    public boolean offer(Waiter waiter) {
        if (arrivals.size() >= limit || arrivals.putIfAbsent(waiter.request, waiter) != null) {
            return false;
        }
        clients.computeIfAbsent(waiter.client, _ -> new LinkedHashMap<>())
                .put(waiter.request, waiter);
        size = arrivals.size();
        return true;
    }

    /// Gives a place back; false when the request had none.
    public boolean leave(long request) {
        Waiter waiter = arrivals.remove(request);
        if (waiter == null) {
            return false;
        }
        take(waiter);
        return true;
    }

    /// Who is served next; null when nobody waits.
    public @Nullable Waiter peek() {
        return clients.isEmpty()
                ? null
                : clients.values().iterator().next().values().iterator().next();
    }

    /// Serves the next one: its client's next turn comes after those of all the others.
    public void pop() {
        Waiter waiter = peek();
        if (waiter != null) {
            arrivals.remove(waiter.request);
            Map<Long, Waiter> rest = take(waiter);
            if (rest != null) {
                clients.remove(waiter.client);
                clients.put(waiter.client, rest);
            }
        }
    }

    /// Takes a request off its client's list; what is left of that, or null.
    private @Nullable Map<Long, Waiter> take(Waiter waiter) {
        size = arrivals.size();
        Map<Long, Waiter> own = clients.get(waiter.client);
        if (own == null) {
            return null;
        }
        own.remove(waiter.request);
        if (own.isEmpty()) {
            clients.remove(waiter.client);
            return null;
        }
        return own;
    }

    /// Empties the queue; the requests in the order they came.
    public List<Long> drain() {
        List<Long> all = new ArrayList<>(arrivals.keySet());
        arrivals.clear();
        clients.clear();
        size = 0;
        return all;
    }

    /// The request that waits longest; null when nobody waits.
    public @Nullable Waiter oldest() {
        return arrivals.isEmpty() ? null : arrivals.values().iterator().next();
    }

    /// Whether nobody waits.
    public boolean isEmpty() {
        return arrivals.isEmpty();
    }

    /// How many wait.
    public int size() {
        return size;
    }
}

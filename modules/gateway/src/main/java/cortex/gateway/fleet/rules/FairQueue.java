package cortex.gateway.fleet.rules;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The requests waiting for one model. Clients take turns, and each client's own requests are
/// served first come, first served; so a client with a thousand requests waiting delays another by
/// one. A request that asks for several answers is as many turns: its client sits out the others
/// while somebody else waits. A place is free the moment its request leaves. Changed by its one
/// owner; its size may be read by anybody.
public final class FairQueue {
    /// Clients that owe turns and do not wait now of whom that is remembered.
    private static final int OWING = 1_024;

    private final Map<Long, Waiter> arrivals = new LinkedHashMap<>();

    /// Whose turn it is comes first.
    private final Map<String, Map<Long, Waiter>> clients = new LinkedHashMap<>();

    /// How many turns clients have had beyond their own; forgotten when nobody waits.
    private final Map<String, Integer> owed = new LinkedHashMap<>();

    private final int limit;
    private volatile int size;

    /// A queue with `limit` places over all clients.
    public FairQueue(int limit) {
        this.limit = limit;
    }

    /// One request that waits. `weight` is how many answers it asks for; `since` is monotonic
    /// nanoseconds; `cold` when no replica was ready as it came, so that it waits for a load or for
    /// one that is away.
    public record Waiter(
            long request, String client, int weight, Taste taste, long since, boolean cold) {}

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
        settle();
        return true;
    }

    /// Gives a place back; false when the request had none.
    public boolean leave(long request) {
        Waiter waiter = arrivals.remove(request);
        if (waiter == null) {
            return false;
        }
        take(waiter);
        settle();
        return true;
    }

    /// Who is served next; null when nobody waits.
    public @Nullable Waiter peek() {
        return peek(_ -> true);
    }

    /// Who is served next of those that `may` be, each client's first; null when none may.
    public @Nullable Waiter peek(Predicate<Waiter> may) {
        for (Map<Long, Waiter> own : clients.values()) {
            Waiter first = own.values().iterator().next();
            if (may.test(first)) {
                return first;
            }
        }
        return null;
    }

    /// Serves one: its client's next turn comes after those of all the others.
    public void pop(Waiter waiter) {
        if (arrivals.remove(waiter.request, waiter)) {
            Map<Long, Waiter> rest = take(waiter);
            if (rest != null) {
                clients.remove(waiter.client);
                clients.put(waiter.client, rest);
            }
            int beyond = waiter.weight - 1;
            if (beyond > 0) {
                owed.merge(waiter.client, beyond, Integer::sum);
            }
            settle();
        }
    }

    /// Lets those sit turns out who have had more than their own, so that whoever comes first may
    /// be served.
    private void settle() {
        if (clients.isEmpty()) {
            owed.clear();
        }
        if (owed.isEmpty()) {
            return;
        }
        int least = Integer.MAX_VALUE;
        for (String client : clients.keySet()) {
            least = Math.min(least, owed.getOrDefault(client, 0));
        }
        if (least > 0) {
            for (String client : clients.keySet()) {
                pay(client, least);
            }
        }
        for (String first = first(); owed.containsKey(first); first = first()) {
            pay(first, 1);
            Map<Long, Waiter> own = clients.remove(first);
            if (own != null) {
                clients.put(first, own);
            }
        }
        while (owed.size() > OWING) {
            owed.remove(owed.keySet().iterator().next());
        }
    }

    private String first() {
        return clients.keySet().iterator().next();
    }

    private void pay(String client, int turns) {
        owed.computeIfPresent(client, (_, owes) -> owes > turns ? owes - turns : null);
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
        owed.clear();
        size = 0;
        return all;
    }

    /// The request that waits longest; null when nobody waits.
    public @Nullable Waiter oldest() {
        return arrivals.isEmpty() ? null : arrivals.values().iterator().next();
    }

    /// Whether another client than this one waits.
    public boolean othersWait(String client) {
        return clients.size() > 1 || (clients.size() == 1 && !clients.containsKey(client));
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

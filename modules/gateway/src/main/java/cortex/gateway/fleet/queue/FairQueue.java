package cortex.gateway.fleet.queue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The requests waiting for one model. Networks take turns, in each of them its clients do, and
/// each client's own requests are served first come, first served; so a client with a thousand
/// requests waiting delays another by one, and one with a thousand addresses does, too. A request
/// that asks for several answers is as many turns. A place is free the moment its request leaves.
/// Changed by its one owner; its size may be read by anybody.
public final class FairQueue {
    private final Map<Long, Waiter> arrivals = new LinkedHashMap<>();
    private final Map<String, Network> networks = new HashMap<>();
    private final Ring turns = new Ring();

    /// The clients of one network that wait, and what of each.
    private static final class Network {
        final Ring turns = new Ring();
        final Map<String, Map<Long, Waiter>> clients = new HashMap<>();
    }

    private final int limit;
    private volatile int size;

    /// Makes a queue with `limit` places over all clients.
    public FairQueue(int limit) {
        this.limit = limit;
    }

    /// One request that waits. `weight` is how many answers it asks for; `since` is monotonic
    /// nanoseconds; `cold` when no replica was ready as it came, so that it waits for a load or for
    /// one that is away.
    public record Waiter(
            long request,
            String client,
            int weight,
            RoutePreference preference,
            long since,
            boolean cold) {}

    /// Which replica a request would rather have: the one that served its conversation (0 for
    /// none), and not the one of the generation `avoid` (0 for none).
    public record RoutePreference(long conversation, long avoid) {}

    /// Takes a place; false when there is none.
    public boolean offer(Waiter waiter) {
        if (arrivals.size() >= limit || arrivals.putIfAbsent(waiter.request, waiter) != null) {
            return false;
        }
        String name = Networks.of(waiter.client);
        Network network = networks.computeIfAbsent(name, _ -> new Network());
        network.clients
                .computeIfAbsent(waiter.client, _ -> new LinkedHashMap<>())
                .put(waiter.request, waiter);
        network.turns.add(waiter.client);
        turns.add(name);
        size = arrivals.size();
        return true;
    }

    /// Gives a place back; false when the request had none.
    public boolean leave(long request) {
        Waiter waiter = arrivals.remove(request);
        if (waiter == null) {
            return false;
        }
        take(waiter, Networks.of(waiter.client));
        return true;
    }

    /// Returns who is served next of those that `may` be, each client's first; null when none may.
    public @Nullable Waiter peek(Predicate<Waiter> may) {
        for (String name : turns.keys()) {
            Network network = Objects.requireNonNull(networks.get(name));
            for (String client : network.turns.keys()) {
                Map<Long, Waiter> own = Objects.requireNonNull(network.clients.get(client));
                Waiter first = own.values().iterator().next();
                if (may.test(first)) {
                    return first;
                }
            }
        }
        return null;
    }

    /// Serves one: the next turn of its client and its network comes after those of all the others.
    public void pop(Waiter waiter) {
        if (arrivals.remove(waiter.request, waiter)) {
            String name = Networks.of(waiter.client);
            Network network = networks.get(name);
            take(waiter, name);
            turns.served(name, waiter.weight);
            if (network != null) {
                network.turns.served(waiter.client, waiter.weight);
            }
        }
    }

    /// Takes a request off the lists of its client and network.
    private void take(Waiter waiter, String name) {
        size = arrivals.size();
        Network network = networks.get(name);
        Map<Long, Waiter> own = network == null ? null : network.clients.get(waiter.client);
        if (network == null || own == null) {
            return;
        }
        own.remove(waiter.request);
        if (own.isEmpty()) {
            network.clients.remove(waiter.client);
            network.turns.remove(waiter.client);
        }
        if (network.clients.isEmpty()) {
            networks.remove(name);
            turns.remove(name);
        }
    }

    /// Empties the queue; the requests in the order they came.
    public List<Long> drain() {
        List<Long> all = new ArrayList<>(arrivals.keySet());
        arrivals.clear();
        networks.clear();
        turns.clear();
        size = 0;
        return all;
    }

    /// Returns the request that waits longest; null when nobody waits.
    public @Nullable Waiter oldest() {
        return arrivals.isEmpty() ? null : arrivals.values().iterator().next();
    }

    /// Returns whether another client than this one waits.
    public boolean othersWait(String client) {
        String name = Networks.of(client);
        Network own = networks.get(name);
        return turns.hasOther(name) || (own != null && own.turns.hasOther(client));
    }

    /// Returns whether somebody of another network than this one waits.
    public boolean othersOfNetworkWait(String network) {
        return turns.hasOther(network);
    }

    /// Returns whether nobody waits.
    public boolean isEmpty() {
        return arrivals.isEmpty();
    }

    /// Returns how many wait.
    public int size() {
        return size;
    }
}

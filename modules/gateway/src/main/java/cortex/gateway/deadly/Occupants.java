package cortex.gateway.deadly;

import cortex.gateway.deadly.Deadly.Client;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Which requests of which clients were in an engine when it died. `complete` when all of them are
/// known.
record Occupants(Map<Client, Set<String>> requests, boolean complete) {
    Occupants {
        requests = Map.copyOf(requests);
    }

    /// Whose requests were there.
    Set<Client> clients() {
        return requests.keySet();
    }

    /// Whether a request is all that this and `other` have in common, and its senders sent nothing
    /// else to either: nobody can put another's request beside a deadly one, and have it blamed.
    boolean shareOnly(String request, Occupants other) {
        if (!isAllOfItsSenders(request) || !other.isAllOfItsSenders(request)) {
            return false;
        }
        Set<String> shared = all();
        shared.retainAll(other.all());
        return shared.equals(Set.of(request));
    }

    private boolean isAllOfItsSenders(String request) {
        return complete
                && requests.values().stream()
                        .allMatch(sent -> !sent.contains(request) || sent.size() == 1);
    }

    private Set<String> all() {
        Set<String> all = new HashSet<>();
        requests.values().stream().flatMap(Collection::stream).forEach(all::add);
        return all;
    }
}

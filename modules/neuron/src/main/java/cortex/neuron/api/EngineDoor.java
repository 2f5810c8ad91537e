package cortex.neuron.api;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.failure.Outward;
import cortex.neuron.replica.Entry;
import cortex.neuron.replica.ReplicaHost;
import cortex.relay.door.Door;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The one way to the engines, which listen on loopback only: `/engines/{replica}/…` goes to that
/// replica's engine and counts as in flight while it lasts.
public final class EngineDoor {
    private static final String PREFIX = "/engines/";

    /// INT and TERM come from somebody: no request is the cause. KILL may come from the kernel, for
    /// want of memory: that is told, and the gateway thinks its part.
    private static final Pattern FROM_OUTSIDE =
            Pattern.compile("^the engine was ended by signal (2|15)\\b");

    private final ReplicaHost replicas;
    private final Door door;
    private final HttpClient client;

    /// Relays over `client`.
    public EngineDoor(ReplicaHost replicas, Door door, HttpClient client) {
        this.replicas = replicas;
        this.door = door;
        this.client = client;
    }

    /// The path of a replica's door, no slash at the end.
    static String pathOf(String replica) {
        return PREFIX + replica;
    }

    /// Relays a request; `rest` is its path after the prefix: the replica's id and the engine's
    /// path, still encoded. A replica that is not loaded is a 503, never a 404, so that no gateway
    /// takes it for the engine's own answer.
    void relay(ServerRequest request, ServerResponse response, String rest) {
        int slash = rest.indexOf('/');
        String replica = Paths.decode(slash < 0 ? rest : rest.substring(0, slash));
        String path = slash < 0 ? "/" : rest.substring(slash);
        if (Paths.climbs(path)) {
            throw new FailureException(
                    new Failure.BadRequest("The path must not hold dot segments.", null));
        }
        try (Entry entry = replicas.enter(replica)) {
            if (entry == null) {
                throw new Refusal(
                        503,
                        "replica_gone",
                        "Replica '"
                                + replica
                                + "' is not loaded here. GET /models lists the loaded ones.");
            }
            door.relay(
                    request,
                    response,
                    client,
                    new Door.Target(
                            entry.engineUrl(),
                            entry.engineKey(),
                            path,
                            replica,
                            entry::heard,
                            atMost -> died(entry, replica, atMost)));
        }
    }

    /// What the process's watcher saw of an engine that broke off.
    private static Failure.@Nullable EngineDied died(Entry entry, String replica, Duration atMost)
            throws InterruptedException {
        Entry.End end = entry.awaitEnd(atMost);
        return end == null || FROM_OUTSIDE.matcher(end.reason()).find()
                ? null
                : new Failure.EngineDied(
                        replica, Outward.ending(end.reason()), end.reason(), end.requests());
    }
}

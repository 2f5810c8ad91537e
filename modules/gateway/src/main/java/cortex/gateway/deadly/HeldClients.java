package cortex.gateway.deadly;

import cortex.core.failure.Failure;
import cortex.gateway.deadly.Deadly.Client;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which clients are held off from a model, because of which death. Bounded. Belongs to {@link
/// Deadly} and is read and written under its lock only.
final class HeldClients {
    private static final System.Logger LOG = System.getLogger(Deadly.class.getName());

    private static final int MOST = 1024;
    private static final int MOST_CLIENTS = 4096;

    /// So many clients do not all send deadly requests: it is the node.
    private static final int MANY_CLIENTS = 3;

    /// How long a client is held off after its first, second, … such death. An engine needs some
    /// seconds to be back; only then others are served.
    private static final List<Duration> LENGTHS =
            List.of(
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(30),
                    Duration.ofMinutes(2),
                    Duration.ofMinutes(10));

    private static final String NOTORIOUS =
            "engines of {0} died of the requests of {1} clients: what it tells of deaths counts for"
                    + " itself only";

    private final Duration memory;
    private final Map<Client, Standing> clients = new BoundedMap<>(MOST_CLIENTS);

    /// The clients that are new to a model, by the model.
    private final Map<String, Newcomers> newcomers = new BoundedMap<>(MOST);

    /// The clients that were held off because of each node's engines; no more than are many.
    private final Map<String, Set<String>> blamedBy = new BoundedMap<>(MOST);

    /// None yet; what newcomers did is forgotten after `memory`.
    HeldClients(Duration memory) {
        this.memory = memory;
    }

    /// How a client stands with a model.
    Standing standing(Client client) {
        Standing standing = clients.remove(client);
        if (standing == null) {
            standing = new Standing();
        }
        clients.put(client, standing);
        return standing;
    }

    /// Why a client's request to a node (null: to any) is refused now; null when it is not.
    @Nullable Failure refusal(Client client, @Nullable String node, long now) {
        Standing standing = clients.get(client);
        if (standing != null && holds(standing, node, now)) {
            return Words.held(client.model(), standing.holdLeft(now));
        }
        Newcomers all = newcomers.get(client.model());
        boolean isNew = standing == null || standing.isNew();
        return isNew && all != null && holds(all.standing(), node, now)
                ? Words.newcomers(client.model(), all.standing().holdLeft(now))
                : null;
    }

    private boolean holds(Standing standing, @Nullable String node, long now) {
        Death heldBy = standing.heldBy();
        return heldBy != null
                && standing.held(now)
                && (standing.everywhere() || counts(heldBy, node));
    }

    /// Whether a death is of consequence for a request to a node (null: to any). A node's word
    /// alone counts for itself; with its report, or another node's word, it counts for all, but not
    /// of one whose engines die of everybody's requests.
    boolean counts(Death death, @Nullable String node) {
        String where = death.where().node();
        return !death.refuted() && (where.equals(node) || (death.confirmed() && !notorious(where)));
    }

    private boolean notorious(String node) {
        Set<String> blamed = blamedBy.get(node);
        return blamed != null && blamed.size() >= MANY_CLIENTS;
    }

    /// Carries out a verdict.
    ///
    /// @return who is held off for how long
    Map<String, Duration> carryOut(Death.Verdict verdict, Death death, long now) {
        verdict.freed().forEach(freed -> standing(freed).pardon(death));
        Map<String, Duration> holds = new LinkedHashMap<>();
        for (Client guilty : verdict.held()) {
            Standing standing = standing(guilty);
            holds.put(guilty.name(), hold(standing, death, now));
            blame(guilty.name(), death.where().node());
            Newcomers all = standing.isNew() ? many(guilty, now) : null;
            if (all != null) {
                hold(all, death, now, holds);
            }
        }
        return holds;
    }

    /// Carries out whether the newcomers of a model are taken for the cause of a death.
    void newcomers(String model, Death death, long now, @Nullable Map<String, Duration> holds) {
        Newcomers all = newcomers.computeIfAbsent(model, _ -> new Newcomers());
        if (holds == null) {
            all.standing().pardon(death);
        } else {
            hold(all, death, now, holds);
        }
    }

    private static void hold(Newcomers all, Death death, long now, Map<String, Duration> holds) {
        if (all.standing().heldBy() != death) {
            holds.put("every client that is new to it", hold(all.standing(), death, now));
        }
    }

    /// The newcomers of a model when more of them were held off than by chance; null else.
    private @Nullable Newcomers many(Client client, long now) {
        Newcomers all = newcomers.computeIfAbsent(client.model(), _ -> new Newcomers());
        return all.heldOff(client.name(), now, now + memory.toNanos()) ? all : null;
    }

    private static Duration hold(Standing standing, Death death, long now) {
        Duration length = LENGTHS.get(Math.min(standing.strikes(), LENGTHS.size() - 1));
        standing.strike(death, now + length.toNanos());
        return length;
    }

    private void blame(String client, String node) {
        Set<String> blamed = blamedBy.computeIfAbsent(node, _ -> new HashSet<>());
        if (blamed.size() < MANY_CLIENTS && blamed.add(client) && notorious(node)) {
            LOG.log(System.Logger.Level.WARNING, NOTORIOUS, node, MANY_CLIENTS);
        }
    }
}

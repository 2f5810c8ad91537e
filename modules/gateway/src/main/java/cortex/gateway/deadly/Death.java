package cortex.gateway.deadly;

import cortex.gateway.deadly.Deadly.Client;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One death of an engine, and whose requests were in it. Who is held off is told apart by what the
/// clients had got answered before: of several the one that had got most is not, so that they come
/// apart and the next death tells more; nor is one whose answers speak for it. Belongs to {@link
/// Deadly} and is used under its lock only.
final class Death {
    /// The watcher's verdict takes up to a second, and a busy host its time.
    private static final long MOMENT = Duration.ofSeconds(5).toNanos();

    /// A node that has not reported by then is gone itself.
    private static final long TO_SETTLE = Duration.ofSeconds(60).toNanos();

    private static final long NOTED = Duration.ofMillis(500).toNanos();

    private final long since;
    private final Deadly.Where where;
    private boolean confirmed;
    private boolean refuted;
    private final Map<Client, Suspect> suspects = new LinkedHashMap<>();
    private final Set<Client> held = new HashSet<>();
    private int requests;
    private int leavers;

    private record Suspect(Standing standing, int answersBefore) {}

    Death(Deadly.Where where, long since) {
        this.where = where;
        this.since = since;
    }

    /// Where it was.
    Deadly.Where where() {
        return where;
    }

    boolean sameNode(Death other) {
        return where.node().equals(other.where.node());
    }

    /// Whether the node's report shows it, too.
    boolean confirmed() {
        return confirmed;
    }

    /// Whether the node's report shows that there was none.
    boolean refuted() {
        return refuted;
    }

    /// The node's report says whether there was one.
    void settle(boolean ended) {
        confirmed = ended;
        refuted = !ended;
    }

    /// Those that are held off because of it.
    Set<Client> held() {
        return held;
    }

    /// How many had left before.
    int leavers() {
        return leavers;
    }

    void leavers(int count) {
        leavers = count;
    }

    /// Whether the fleet has had the time to take note of it, so that an engine which serves was
    /// reported since.
    boolean reported(long now) {
        return now - since > NOTED;
    }

    /// Whether a report may still tell of it.
    boolean young(long now) {
        return now - since < TO_SETTLE;
    }

    /// Whether what is told now is still of this one.
    boolean goesOn(int inEngine, long now) {
        return now - since < MOMENT && requests < inEngine;
    }

    /// A request of a client was in the engine.
    void suspect(Client client, Standing standing) {
        requests++;
        if (!suspects.containsKey(client)) {
            suspects.put(client, new Suspect(standing, standing.died()));
        }
    }

    /// Who is to be held off by what is known now, those left out that are already: `newest` was
    /// just told of, with a request that is condemned or not, and `inEngine` requests were there.
    List<Client> guilty(Client newest, boolean condemned, int inEngine, long now) {
        List<Client> guilty = new ArrayList<>();
        if (condemned || (suspects.size() == 1 && requests >= inEngine)) {
            guilty.add(newest);
        } else if (suspects.values().stream().anyMatch(s -> s.standing().heldBefore(this, now))) {
            // Whoever was there beside one that is held off already is no suspect.
            suspects.forEach((client, suspect) -> {
                if (suspect.standing().heldBefore(this, now)) {
                    guilty.add(client);
                }
            });
        } else if (suspects.size() > 1) {
            Client best = best();
            suspects.forEach((client, suspect) -> {
                boolean proven = suspect.standing().proven(suspect.answersBefore());
                if (!client.equals(best) && !proven) {
                    guilty.add(client);
                }
            });
        }
        guilty.removeIf(client -> !held.add(client));
        return guilty;
    }

    private @Nullable Client best() {
        Client best = null;
        for (Map.Entry<Client, Suspect> each : suspects.entrySet()) {
            Suspect other = best == null ? null : suspects.get(best);
            if (other == null || better(each.getValue(), other)) {
                best = each.getKey();
            }
        }
        return best;
    }

    private static boolean better(Suspect one, Suspect other) {
        return one.answersBefore() == other.answersBefore()
                ? one.standing().strikes() < other.standing().strikes()
                : one.answersBefore() > other.answersBefore();
    }
}

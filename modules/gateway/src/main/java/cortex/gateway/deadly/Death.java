package cortex.gateway.deadly;

import cortex.gateway.deadly.Deadly.Client;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One death of an engine, and whose requests were in it. Who is held off is told apart by what the
/// clients had got answered before: of several the one that had got most is not, so that they come
/// apart and the next death tells more; nor is one whose answers speak for it. Of several that were
/// held off before only those with the worst record are. Each request that is told of may change
/// the verdict. Belongs to {@link Deadly} and is used under its lock only.
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
    private int inEngine;
    private int leavers;

    /// A client as it stood when the engine died, and what its requests say of it.
    private static final class Suspect {
        private final Standing standing;
        private final boolean heldBefore;
        private final int strikes;
        private final int deaths;
        private final int answersBefore;
        private final Set<String> requests = new HashSet<>();
        private boolean alone;
        private final List<Occupants> earlier = new ArrayList<>();

        Suspect(Standing standing, long now) {
            this.standing = standing;
            this.heldBefore = standing.heldBefore(now);
            this.strikes = standing.strikes();
            this.deaths = standing.deaths();
            this.answersBefore = standing.died();
        }

        boolean proven() {
            return standing.proven(answersBefore);
        }

        /// Whether one of its requests was alone in the engine, or was at two deaths at which
        /// nobody else was.
        boolean isCause(Client client, Death death) {
            return alone || earlier.stream().anyMatch(there -> !death.othersAtBoth(client, there));
        }
    }

    /// The better record first: more answers, else held off less often, else at fewer deaths.
    private static final Comparator<Suspect> BY_RECORD =
            Comparator.comparingInt((Suspect suspect) -> -suspect.answersBefore)
                    .thenComparingInt(suspect -> suspect.strikes)
                    .thenComparingInt(suspect -> suspect.deaths);

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

    /// A request was in the engine: alone or not, and who was there at an earlier death at which an
    /// equal one was; null when there was none.
    void suspect(
            Deadly.Request request,
            Standing standing,
            boolean alone,
            @Nullable Occupants earlier,
            long now) {
        requests++;
        Suspect suspect = suspects.computeIfAbsent(request.who(), _ -> new Suspect(standing, now));
        suspect.requests.add(request.key());
        suspect.alone |= alone;
        if (earlier != null) {
            suspect.earlier.add(earlier);
        }
    }

    /// A request was in the engine when it was killed, which makes nobody a suspect.
    void killed() {
        requests++;
    }

    /// Who was there, as far as it is told. A copy.
    Occupants occupants() {
        Map<Client, Set<String>> sent = new HashMap<>();
        suspects.forEach((client, suspect) -> sent.put(client, Set.copyOf(suspect.requests)));
        return new Occupants(sent, requests >= inEngine);
    }

    /// Whether somebody else was at this death and among `earlier`, those of another death: a
    /// request of `client` that was there both times need not be the cause. One whose answers speak
    /// for it is no such somebody.
    boolean othersAtBoth(Client client, Occupants earlier) {
        for (Map.Entry<Client, Suspect> each : suspects.entrySet()) {
            Client other = each.getKey();
            if (!other.equals(client)
                    && earlier.clients().contains(other)
                    && !each.getValue().proven()) {
                return true;
            }
        }
        return false;
    }

    /// What follows from a death by what is known now: who is to be held off, and who no longer is.
    record Verdict(List<Client> held, List<Client> freed) {}

    /// Who is to be held off by what is known now, those left out that are already, when `all`
    /// requests were there.
    Verdict judge(int all) {
        inEngine = Math.max(inEngine, all);
        Set<Client> guilty = new LinkedHashSet<>();
        suspects.forEach((client, suspect) -> {
            if (suspect.isCause(client, this)) {
                guilty.add(client);
            }
        });
        List<Client> before = heldBefore();
        if (guilty.isEmpty() && !before.isEmpty()) {
            guilty.addAll(worst(before));
        } else if (guilty.isEmpty() && suspects.size() == 1 && requests >= all) {
            guilty.addAll(suspects.keySet());
        } else if (guilty.isEmpty() && suspects.size() > 1) {
            Client best = Collections.min(suspects.keySet(), this::compare);
            suspects.forEach((client, suspect) -> {
                if (!client.equals(best) && !suspect.proven()) {
                    guilty.add(client);
                }
            });
        }
        return verdict(guilty);
    }

    /// What follows when those are to be held off who are `guilty` by what is known now.
    Verdict verdict(Set<Client> guilty) {
        List<Client> freed = new ArrayList<>(held);
        freed.removeAll(guilty);
        freed.forEach(held::remove);
        List<Client> added = new ArrayList<>(guilty);
        added.removeIf(client -> !held.add(client));
        return new Verdict(added, freed);
    }

    /// Those that are held off already or were a short time ago. Whoever was there beside one of
    /// them is no suspect.
    private List<Client> heldBefore() {
        List<Client> before = new ArrayList<>();
        suspects.forEach((client, suspect) -> {
            if (suspect.heldBefore) {
                before.add(client);
            }
        });
        return before;
    }

    /// Those with the worst record; all but one of them, if all are alike.
    private List<Client> worst(List<Client> clients) {
        Client last = Collections.max(clients, this::compare);
        List<Client> worst = new ArrayList<>();
        for (Client client : clients) {
            if (compare(client, last) == 0) {
                worst.add(client);
            }
        }
        if (worst.size() == clients.size() && clients.size() > 1) {
            worst.removeFirst();
        }
        return worst;
    }

    private int compare(Client one, Client other) {
        return BY_RECORD.compare(
                Objects.requireNonNull(suspects.get(one)),
                Objects.requireNonNull(suspects.get(other)));
    }
}

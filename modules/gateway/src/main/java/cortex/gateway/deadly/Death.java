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

    private final long since;
    private final Map<Client, Suspect> suspects = new LinkedHashMap<>();
    private final Set<Client> held = new HashSet<>();
    private int requests;

    private record Suspect(Standing standing, int answersBefore) {}

    Death(long since) {
        this.since = since;
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
    List<Client> guilty(Client newest, boolean condemned, int inEngine) {
        List<Client> guilty = new ArrayList<>();
        if (condemned || (suspects.size() == 1 && requests >= inEngine)) {
            guilty.add(newest);
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

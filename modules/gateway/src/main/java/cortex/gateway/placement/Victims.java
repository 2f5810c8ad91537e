package cortex.gateway.placement;

import cortex.gateway.placement.NodeRoom.Resident;
import cortex.gateway.placement.Verdict.Victim;
import cortex.gateway.placement.eviction.Cost;
import cortex.gateway.placement.eviction.EvictionPolicy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The choosing of those who leave a node for a model: the set that costs least in all. Among up to
/// {@value #EXACT} candidates that is the cheapest set there is; beyond, the cheapest are taken one
/// by one, and those that turn out not to help are left out again.
final class Victims {
    /// Twelve have 4,096 subsets, of which the search sees few.
    private static final int EXACT = 12;

    private final Offer offer;
    private final boolean[] gone;
    private final List<Candidate> candidates = new ArrayList<>();

    /// Nothing dearer is looked for; null without a limit.
    private @Nullable Cost limit;

    private boolean @Nullable [] best;
    private int fewest;

    private record Candidate(int at, Resident resident, Cost cost) {}

    /// What may leave `room` for a model of class `priority`.
    Victims(
            Offer offer,
            NodeRoom room,
            Circumstances circumstances,
            EvictionPolicy policy,
            int priority) {
        this.offer = offer;
        this.gone = new boolean[room.residents().size()];
        for (int i = 0; i < gone.length; i++) {
            Resident resident = room.residents().get(i);
            if (circumstances.mayEvict(resident, priority)) {
                Cost cost =
                        policy.cost(
                                resident,
                                circumstances.worth().apply(resident.model()),
                                circumstances.now());
                candidates.add(new Candidate(i, resident, cost));
            }
        }
        candidates.sort(
                Comparator.comparing(Candidate::cost)
                        .thenComparingLong(c -> c.resident.lastUsed())
                        .thenComparingLong(c -> c.resident.generation()));
    }

    /// Those who leave, the cheapest first; null when there is no way, or none that costs less than
    /// `below`.
    @Nullable List<Victim> cheapest(@Nullable Cost below) {
        limit = below;
        if (candidates.isEmpty() || dearerThanLimit(candidates.getFirst().cost)) {
            return null;
        }
        mark(candidates, true);
        boolean possible = offer.possible(gone);
        mark(candidates, false);
        if (!possible) {
            return null;
        }
        if (candidates.size() <= EXACT) {
            search(0, 0, null);
        } else {
            greedy();
        }
        boolean[] found = best;
        if (found == null) {
            return null;
        }
        List<Victim> victims = new ArrayList<>();
        for (Candidate candidate : candidates) {
            if (found[candidate.at]) {
                victims.add(new Victim(candidate.resident, candidate.cost));
            }
        }
        return victims;
    }

    /// Tries the candidates from `next` on, beside those marked, which cost `sum`.
    private void search(int next, int count, @Nullable Cost sum) {
        if (sum != null && offer.possible(gone)) {
            best = gone.clone();
            limit = sum;
            fewest = count;
            return;
        }
        if (next == candidates.size()) {
            return;
        }
        Candidate candidate = candidates.get(next);
        Cost with = sum == null ? candidate.cost : sum.plus(candidate.cost);
        if (!worse(with, count + 1)) {
            gone[candidate.at] = true;
            search(next + 1, count + 1, with);
            gone[candidate.at] = false;
        }
        List<Candidate> rest = candidates.subList(next + 1, candidates.size());
        mark(rest, true);
        boolean possible = !rest.isEmpty() && offer.possible(gone);
        mark(rest, false);
        if (possible) {
            search(next + 1, count, sum);
        }
    }

    /// Whether a set is no better than what was found.
    private boolean worse(Cost cost, int count) {
        Cost most = limit;
        if (most == null) {
            return false;
        }
        int order = cost.compareTo(most);
        return order > 0 || (order == 0 && (best == null || count >= fewest));
    }

    private boolean dearerThanLimit(Cost cost) {
        return limit != null && cost.compareTo(limit) >= 0;
    }

    private void greedy() {
        List<Candidate> taken = new ArrayList<>();
        for (Candidate candidate : candidates) {
            taken.add(candidate);
            gone[candidate.at] = true;
            if (offer.possible(gone)) {
                break;
            }
        }
        for (Candidate candidate : List.copyOf(taken).reversed()) {
            gone[candidate.at] = false;
            if (offer.possible(gone)) {
                taken.remove(candidate);
            } else {
                gone[candidate.at] = true;
            }
        }
        Cost sum = taken.stream().map(Candidate::cost).reduce(Cost::plus).orElseThrow();
        if (!dearerThanLimit(sum)) {
            best = gone.clone();
        }
    }

    private void mark(List<Candidate> some, boolean leaves) {
        for (int i = 0; i < some.size(); i++) {
            gone[some.get(i).at] = leaves;
        }
    }
}

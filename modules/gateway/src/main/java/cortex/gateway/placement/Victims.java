package cortex.gateway.placement;

import cortex.gateway.placement.Verdict.Victim;
import cortex.gateway.placement.eviction.Cost;
import cortex.gateway.placement.eviction.Resident;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Chooses the replicas that leave a node for a model: the set that costs least in all. Among up to
/// {@value #EXACT} candidates that is the cheapest set there is; beyond, the cheapest are taken one
/// by one, and those that turn out not to help are left out again.
final class Victims {
    /// Twelve have 4,096 subsets, of which the search sees few.
    private static final int EXACT = 12;

    private static final Comparator<Candidate> CHEAPEST_FIRST =
            Comparator.comparing(Candidate::cost)
                    .thenComparingLong(c -> c.resident.activity().lastUsed())
                    .thenComparingLong(c -> c.resident.generation());

    private final Offer offer;
    private final List<Resident> residents;
    private final boolean[] gone;
    private List<Candidate> candidates = List.of();

    /// Nothing dearer is looked for; null without a limit.
    private @Nullable Cost limit;

    private boolean @Nullable [] best;
    private int fewest;

    private record Candidate(int at, Resident resident, Cost cost) {}

    /// Says what it costs that a replica leaves.
    @FunctionalInterface
    interface Prices {
        /// Returns the cost; null for one that may not leave now.
        @Nullable Cost of(Resident resident);
    }

    /// Adds what may leave the node for the model.
    Victims(Offer offer) {
        this.offer = offer;
        this.residents = offer.room().residents();
        this.gone = new boolean[residents.size()];
    }

    /// Returns the replicas that leave, the cheapest first; null when there is no way, or none that
    /// costs less than `below`.
    @Nullable List<Victim> cheapest(Prices prices, @Nullable Cost below) {
        limit = below;
        int some = 0;
        @Nullable Cost[] costs = new @Nullable Cost[gone.length];
        for (int i = 0; i < costs.length; i++) {
            Cost cost = prices.of(residents.get(i));
            if (cost != null && !dearerThanLimit(cost)) {
                costs[i] = cost;
                gone[i] = true;
                some++;
            }
        }
        if (some == 0 || !offer.possible(gone)) {
            return null;
        }
        candidates = new ArrayList<>(some);
        for (int i = 0; i < costs.length; i++) {
            Cost cost = costs[i];
            if (cost != null) {
                gone[i] = false;
                candidates.add(new Candidate(i, residents.get(i), cost));
            }
        }
        candidates.sort(CHEAPEST_FIRST);
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

    /// Returns whether a set is no better than what was found.
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

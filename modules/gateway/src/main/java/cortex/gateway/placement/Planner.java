package cortex.gateway.placement;

import cortex.core.catalogue.ModelProfile;
import cortex.gateway.placement.Decision.Outcome;
import cortex.gateway.placement.NodeRoom.Resident;
import cortex.gateway.placement.Verdict.Standing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Chooses the node and the devices for a model that is not loaded: a load that needs nobody to
/// leave, else the one whose victims cost least, else the waiting for room.
public final class Planner {
    private final Comparator<Resident> cheapestFirst;

    /// Idle replicas leave in the order of `cheapestFirst`.
    public Planner(Comparator<Resident> cheapestFirst) {
        this.cheapestFirst = cheapestFirst;
    }

    /// The replica whose last use is longest ago leaves first.
    public static Comparator<Resident> leastRecentlyUsed() {
        return Comparator.comparingLong(Resident::lastUsed).thenComparingLong(Resident::generation);
    }

    /// Decides about a model. `hold` says for a node (by name) why the model in particular cannot
    /// go there now, or null.
    public Decision plan(
            ModelProfile profile, List<NodeRoom> rooms, Function<String, @Nullable Reason> hold) {
        Filter filter = new Filter(Demand.of(profile), cheapestFirst);
        Scorer scorer = new Scorer(profile.needs().pinnedOn(), cheapestFirst);
        Map<Standing, List<Verdict>> by = new EnumMap<>(Standing.class);
        for (NodeRoom room : rooms) {
            Verdict verdict = filter.judge(room, hold.apply(room.node()));
            by.computeIfAbsent(verdict.standing(), _ -> new ArrayList<>()).add(verdict);
        }
        List<Verdict> all = by.values().stream().flatMap(List::stream).toList();
        for (Map.Entry<Standing, List<Verdict>> entry : by.entrySet()) {
            List<Verdict> verdicts = entry.getValue();
            switch (entry.getKey()) {
                case FITS -> {
                    return decision(profile, Outcome.LOAD, best(verdicts, scorer.tightest()), all);
                }
                case SOON, AFTER_DRAIN -> {
                    return decision(profile, Outcome.WAIT, verdicts.getFirst(), all);
                }
                case AFTER_EVICTION -> {
                    Verdict cheapest = best(verdicts, scorer.cheapestVictims());
                    return decision(profile, Outcome.MAKE_ROOM, cheapest, all);
                }
                case NOT_NOW, UNKNOWN -> {
                    return decision(profile, Outcome.NOT_NOW, null, all);
                }
                case NEVER -> {}
            }
        }
        Outcome outcome = rooms.isEmpty() ? Outcome.NOT_NOW : Outcome.NEVER;
        return decision(profile, outcome, null, all);
    }

    private static Verdict best(List<Verdict> verdicts, Comparator<Verdict> order) {
        return verdicts.stream().min(order).orElseThrow();
    }

    private static Decision decision(
            ModelProfile profile, Outcome outcome, @Nullable Verdict chosen, List<Verdict> all) {
        return new Decision(profile.id(), outcome, chosen, all);
    }
}

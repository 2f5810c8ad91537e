package cortex.gateway.placement;

import cortex.core.catalogue.ModelProfile;
import cortex.gateway.placement.Decision.Outcome;
import cortex.gateway.placement.Verdict.Standing;
import cortex.gateway.placement.eviction.Cost;
import cortex.gateway.placement.eviction.EvictionPolicy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Chooses the node and the devices for a model that is not loaded: a load that needs nobody to
/// leave, else the one whose victims cost least, else the waiting for room. Nodes the profile would
/// rather have win among equals; then the tightest fit, so that big models keep their holes; then
/// the first configured. Stateless.
public final class Planner {
    private static final Reason NOT_NEEDED =
            new Reason.Said("has no room unless somebody leaves, and another node has");

    private final EvictionPolicy policy;

    /// Who leaves is decided by `policy`.
    public Planner(EvictionPolicy policy) {
        this.policy = policy;
    }

    /// Decides about a model. What no longer matters is not looked into: on a fleet with room
    /// somewhere nobody asks who would have to leave elsewhere.
    public Decision plan(ModelProfile profile, List<NodeRoom> rooms, Circumstances circumstances) {
        return new Planning(profile, rooms, circumstances, false).decide();
    }

    /// The same decision, with all that can be said about every node.
    public Decision explain(
            ModelProfile profile, List<NodeRoom> rooms, Circumstances circumstances) {
        return new Planning(profile, rooms, circumstances, true).decide();
    }

    private final class Planning {
        private final ModelProfile profile;
        private final List<NodeRoom> rooms;
        private final Demand demand;
        private final Filter filter;
        private final boolean thorough;
        private final @Nullable Verdict[] verdicts;
        private @Nullable Verdict best;

        Planning(
                ModelProfile profile,
                List<NodeRoom> rooms,
                Circumstances circumstances,
                boolean thorough) {
            this.profile = profile;
            this.rooms = rooms;
            this.demand = Demand.of(profile, circumstances.learnedMb());
            this.filter = new Filter(demand, circumstances, policy);
            this.thorough = thorough;
            this.verdicts = new @Nullable Verdict[rooms.size()];
        }

        Decision decide() {
            for (int i = 0; i < verdicts.length; i++) {
                Verdict verdict = filter.asItIs(rooms.get(i));
                verdicts[i] = verdict;
                consider(verdict);
            }
            boolean full = best == null || best.standing().compareTo(Standing.SOON) > 0;
            for (int i = 0; i < verdicts.length; i++) {
                if (verdicts[i] == null) {
                    verdicts[i] = withoutSome(rooms.get(i), full);
                    consider(verdicts[i]);
                }
            }
            Verdict chosen = best;
            Standing standing = chosen == null ? Standing.NOT_NOW : chosen.standing();
            return switch (standing) {
                case FITS -> decision(Outcome.LOAD, chosen);
                case SOON, AFTER_DRAIN -> decision(Outcome.WAIT, chosen);
                case AFTER_EVICTION -> decision(Outcome.MAKE_ROOM, chosen);
                case NOT_NOW, UNKNOWN -> decision(Outcome.NOT_NOW, null);
                case NEVER -> decision(Outcome.NEVER, null);
            };
        }

        private Verdict withoutSome(NodeRoom room, boolean wanted) {
            if (!wanted && !thorough) {
                return Verdict.refused(room, Standing.NOT_NOW, NOT_NEEDED);
            }
            Verdict rival = best;
            boolean beatable =
                    thorough
                            || rival == null
                            || rival.standing() != Standing.AFTER_EVICTION
                            || (preferred(room) && !preferred(rival.room()));
            Cost below = beatable ? null : Objects.requireNonNull(rival).cost();
            return filter.withoutSome(room, below);
        }

        private void consider(@Nullable Verdict verdict) {
            Verdict rival = best;
            if (verdict != null && (rival == null || order(verdict, rival) < 0)) {
                best = verdict;
            }
        }

        private int order(Verdict one, Verdict other) {
            int byStanding = one.standing().compareTo(other.standing());
            if (byStanding != 0) {
                return byStanding;
            }
            int byPreference = Boolean.compare(preferred(other.room()), preferred(one.room()));
            if (byPreference != 0) {
                return byPreference;
            }
            return switch (one.standing()) {
                case FITS -> Long.compare(leftover(one), leftover(other));
                case AFTER_EVICTION -> byVictims(one, other);
                case SOON, AFTER_DRAIN, NOT_NOW, UNKNOWN, NEVER -> 0;
            };
        }

        private boolean preferred(NodeRoom room) {
            return profile.needs().pinnedOn().contains(room.node());
        }

        private Decision decision(Outcome outcome, @Nullable Verdict chosen) {
            List<Verdict> sorted = new ArrayList<>(verdicts.length);
            for (Verdict verdict : verdicts) {
                sorted.add(Objects.requireNonNull(verdict));
            }
            sorted.sort(Comparator.comparing(Verdict::standing));
            return new Decision(profile.id(), demand, outcome, chosen, sorted);
        }
    }

    private static int byVictims(Verdict one, Verdict other) {
        Cost cost = Objects.requireNonNull(one.cost());
        int byCost = cost.compareTo(Objects.requireNonNull(other.cost()));
        return byCost == 0 ? Integer.compare(one.victims().size(), other.victims().size()) : byCost;
    }

    /// What is left free of the devices a model is to get.
    private static long leftover(Verdict verdict) {
        if (verdict.devices().isEmpty()) {
            return verdict.room().ram().nowMb() - verdict.sharesMb().getFirst();
        }
        long left = 0;
        for (int i = 0; i < verdict.devices().size(); i++) {
            int index = verdict.devices().get(i);
            left += verdict.room().device(index).nowMb() - verdict.sharesMb().get(i);
        }
        return left;
    }
}

package cortex.gateway.placement;

import cortex.core.catalogue.ModelProfile;
import cortex.gateway.placement.Circumstances.Past;
import cortex.gateway.placement.Decision.Outcome;
import cortex.gateway.placement.Verdict.Standing;
import cortex.gateway.placement.eviction.Cost;
import cortex.gateway.placement.eviction.EvictionPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Chooses the node and the devices for a model that is not loaded: a load that needs nobody to
/// leave, else the one whose victims cost least, else the waiting for room. A node to which the
/// model would have to be downloaded comes after all that have it. Nodes the profile would rather
/// have win among equals; then those where its last load did not fail; then the tightest fit, so
/// that big models keep their holes; then those where it has worked; then the first configured.
/// Stateless.
public final class Planner {
    private static final Reason NOT_NEEDED =
            new Reason.Said("has no room unless somebody leaves, and another node has");

    private final EvictionPolicy policy;

    /// Makes a planner in which `policy` decides who leaves.
    public Planner(EvictionPolicy policy) {
        this.policy = policy;
    }

    /// Decides about a model. What no longer matters is not looked into: on a fleet with room
    /// somewhere nobody asks who would have to leave elsewhere.
    public Decision plan(ModelProfile profile, List<NodeRoom> rooms, Circumstances circumstances) {
        return new Planning(profile, rooms, circumstances, false).decide();
    }

    /// Returns the same decision, with all that can be said about every node.
    public Decision explain(
            ModelProfile profile, List<NodeRoom> rooms, Circumstances circumstances) {
        return new Planning(profile, rooms, circumstances, true).decide();
    }

    private final class Planning {
        private final ModelProfile profile;
        private final List<NodeRoom> rooms;
        private final Circumstances circumstances;
        private final Demand demand;
        private final Filter filter;
        private final Set<String> begun;
        private final Set<String> pinnedOn;
        private final boolean thorough;
        private final List<Offer> offers;
        private final @Nullable Verdict[] verdicts;
        private @Nullable Verdict best;

        Planning(
                ModelProfile profile,
                List<NodeRoom> rooms,
                Circumstances circumstances,
                boolean thorough) {
            this.profile = profile;
            this.rooms = rooms;
            this.circumstances = circumstances;
            this.demand = Demand.of(profile, circumstances.learned());
            this.filter = new Filter(demand, circumstances, policy);
            this.begun = circumstances.begun();
            this.pinnedOn = Set.copyOf(profile.needs().pinnedOn());
            this.thorough = thorough;
            this.offers = new ArrayList<>(rooms.size());
            this.verdicts = new @Nullable Verdict[rooms.size()];
        }

        Decision decide() {
            for (int i = 0; i < verdicts.length; i++) {
                Filter filter = filter(rooms.get(i));
                Offer offer = filter.offer(rooms.get(i));
                offers.add(offer);
                Verdict verdict = excluded(rooms.get(i));
                verdict = verdict == null ? filter.asItIs(offer) : verdict;
                verdicts[i] = verdict;
                consider(verdict);
            }
            for (int i = 0; i < verdicts.length; i++) {
                if (verdicts[i] == null) {
                    verdicts[i] = withoutSome(offers.get(i));
                    consider(verdicts[i]);
                }
            }
            Verdict chosen = best;
            Standing standing = chosen == null ? Standing.NOT_NOW : chosen.standing();
            return switch (standing) {
                case FITS -> decision(Outcome.LOAD, chosen);
                case SOON, AFTER_DRAIN, AWAY -> decision(Outcome.WAIT, chosen);
                case AFTER_EVICTION -> decision(Outcome.MAKE_ROOM, chosen);
                case NOT_NOW, UNKNOWN -> decision(Outcome.NOT_NOW, null);
                case NEVER -> decision(Outcome.NEVER, null);
            };
        }

        /// Returns the verdict on a node that the profile leaves out; null on any other.
        private @Nullable Verdict excluded(NodeRoom room) {
            return profile.needs().allows(room.node())
                    ? null
                    : Verdict.refused(
                            room, Standing.NEVER, new Reason.LeftOut(profile.needs().nodes()));
        }

        /// Returns what judges a node: by what only that node says, where it does.
        private Filter filter(NodeRoom room) {
            return circumstances.learned().own().containsKey(room.node())
                    ? new Filter(demand(room), circumstances, policy)
                    : filter;
        }

        private Demand demand(NodeRoom room) {
            return circumstances.learned().own().containsKey(room.node())
                    ? Demand.of(profile, circumstances.learned().on(room.node()))
                    : demand;
        }

        /// Returns the verdict on a node without room, looked into only as far as it may be the
        /// best.
        private Verdict withoutSome(Offer offer) {
            NodeRoom room = offer.room();
            Filter filter = filter(room);
            Verdict rival = best;
            if (thorough || rival == null || (downloads(rival.room()) && !downloads(room))) {
                return filter.withoutSome(offer, null, true);
            }
            boolean preferred =
                    rank(room, rival.standing()) < rank(rival.room(), rival.standing())
                            || past(rival) == Past.FAILED;
            return switch (rival.standing()) {
                case FITS, SOON -> Verdict.refused(room, Standing.NOT_NOW, NOT_NEEDED);
                case AFTER_EVICTION ->
                        filter.withoutSome(offer, preferred ? null : rival.cost(), false);
                case AFTER_DRAIN -> filter.withoutSome(offer, null, preferred);
                case AWAY, NOT_NOW, UNKNOWN, NEVER -> filter.withoutSome(offer, null, true);
            };
        }

        private void consider(@Nullable Verdict verdict) {
            Verdict rival = best;
            if (verdict != null && (rival == null || order(verdict, rival) < 0)) {
                best = verdict;
            }
        }

        /// Returns whether the model would have to be downloaded to a node.
        private boolean downloads(NodeRoom room) {
            return circumstances.hold().downloads(room.node()) != null;
        }

        /// Returns whether a node can have the model, sooner or later, and has it not already.
        private static boolean possible(Verdict verdict) {
            return verdict.standing().compareTo(Standing.AWAY) <= 0
                    && !(verdict.reason() instanceof Reason.Held);
        }

        private int order(Verdict one, Verdict other) {
            boolean downloads = downloads(one.room());
            if (downloads != downloads(other.room()) && possible(one) && possible(other)) {
                return downloads ? 1 : -1;
            }
            int byStanding = one.standing().compareTo(other.standing());
            if (byStanding != 0) {
                return byStanding;
            }
            Standing standing = one.standing();
            int byRank = rank(one.room(), standing) - rank(other.room(), standing);
            if (byRank != 0) {
                return byRank;
            }
            Past past = past(one);
            Past others = past(other);
            if ((past == Past.FAILED) != (others == Past.FAILED)) {
                return past == Past.FAILED ? 1 : -1;
            }
            int byRoom =
                    switch (one.standing()) {
                        case FITS -> Long.compare(leftover(one), leftover(other));
                        case AFTER_EVICTION -> byVictims(one, other);
                        case SOON, AFTER_DRAIN, AWAY, NOT_NOW, UNKNOWN, NEVER -> 0;
                    };
            return byRoom == 0 ? past.compareTo(others) : byRoom;
        }

        private Past past(Verdict verdict) {
            return circumstances.hold().past(verdict.room().node());
        }

        /// Returns how much a node is to be preferred among those that stand alike, the least most:
        /// one where room is being made already, then those the profile would rather have.
        private int rank(NodeRoom room, Standing standing) {
            boolean waits = standing == Standing.SOON || standing == Standing.AFTER_DRAIN;
            if (waits && begun.contains(room.node())) {
                return 0;
            }
            return pinnedOn.contains(room.node()) ? 1 : 2;
        }

        private Decision decision(Outcome outcome, @Nullable Verdict chosen) {
            List<Verdict> sorted = new ArrayList<>(verdicts.length);
            for (Standing standing : Standing.values()) {
                for (Verdict verdict : verdicts) {
                    if (Objects.requireNonNull(verdict).standing() == standing) {
                        sorted.add(verdict);
                    }
                }
            }
            Demand asked = chosen == null ? demand : demand(chosen.room());
            return new Decision(profile.id(), asked, outcome, chosen, sorted);
        }
    }

    private static int byVictims(Verdict one, Verdict other) {
        Cost cost = Objects.requireNonNull(one.cost());
        int byCost = cost.compareTo(Objects.requireNonNull(other.cost()));
        return byCost == 0 ? Integer.compare(one.victims().size(), other.victims().size()) : byCost;
    }

    /// Returns what is left free of the devices a model is to get.
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

package cortex.gateway.placement;

import cortex.core.files.ModelFiles;
import cortex.gateway.placement.DeviceChoice.Choice;
import cortex.gateway.placement.Verdict.Standing;
import cortex.gateway.placement.Verdict.Victim;
import cortex.gateway.placement.eviction.Cost;
import cortex.gateway.placement.eviction.EvictionPolicy;
import cortex.gateway.placement.eviction.Resident;
import cortex.gateway.placement.eviction.Resident.Use;
import cortex.gateway.placement.eviction.Worth;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Judges one node for one model: can it ever, can it now, who would have to leave.
final class Filter {
    private static final Reason DRAINING =
            new Reason.Said("is draining (cortex undrain puts it back into use)");
    private static final Reason NO_BETTER =
            new Reason.Said("has no room unless requests in flight end, as another node has then");
    private static final Reason DEARER =
            new Reason.Said("has room only without models that are dearer to bring back");

    private final Demand demand;
    private final Circumstances circumstances;
    private final EvictionPolicy policy;

    Filter(Demand demand, Circumstances circumstances, EvictionPolicy policy) {
        this.demand = demand;
        this.circumstances = circumstances;
        this.policy = policy;
    }

    /// Returns what a node has to offer.
    Offer offer(NodeRoom room) {
        return new Offer(demand, room);
    }

    /// Returns the verdict on a node as it is; null when there is no room unless somebody leaves.
    @Nullable Verdict asItIs(Offer offer) {
        NodeRoom room = offer.room();
        String problem = room.condition().problem();
        if (!room.condition().answered()) {
            String why = problem == null ? "has not answered yet" : problem;
            return silent(room, Standing.UNKNOWN, why);
        }
        if (!room.harnesses().contains(demand.harness())) {
            var reason = new Reason.NoHarness(demand.harness(), room.harnesses());
            return Verdict.refused(room, Standing.NEVER, reason);
        }
        Verdict never = never(room, offer);
        if (never != null) {
            return never;
        }
        Reason lacks = circumstances.hold().lacks(room.node());
        if (lacks != null) {
            return Verdict.refused(room, Standing.NOT_NOW, lacks);
        }
        if (problem != null) {
            return silent(room, Standing.NOT_NOW, problem);
        }
        if (room.condition().draining()) {
            return Verdict.refused(room, Standing.NOT_NOW, DRAINING);
        }
        Reason hold = circumstances.hold().on(room.node());
        if (hold != null) {
            boolean passes = !(hold instanceof Reason.Failed);
            return Verdict.refused(room, passes ? Standing.SOON : Standing.NOT_NOW, hold);
        }
        if (!offer.reaches()) {
            return null;
        }
        Choice now = offer.now();
        if (now != null) {
            return fits(room, Standing.FITS, now, List.of());
        }
        Choice soon = offer.soon(null);
        return soon == null ? null : fits(room, Standing.SOON, soon, List.of());
    }

    /// Returns the verdict on a node that does not answer: one that was there a moment ago is
    /// waited for.
    private Verdict silent(NodeRoom room, Standing otherwise, String problem) {
        Reason hold = room.condition().draining() ? null : circumstances.hold().on(room.node());
        return hold instanceof Reason.Away
                ? Verdict.refused(room, Standing.AWAY, hold)
                : Verdict.refused(room, otherwise, new Reason.Ill(problem));
    }

    private @Nullable Verdict never(NodeRoom room, Offer offer) {
        int needs = demand.minDevices();
        String blind = room.condition().blind();
        if (blind != null && needs > 0) {
            return Verdict.refused(room, Standing.NOT_NOW, new Reason.Ill(blind));
        }
        if (room.devices().size() < needs) {
            var reason = new Reason.TooFewDevices(needs, room.devices().size());
            return Verdict.refused(room, Standing.NEVER, reason);
        }
        var capability = demand.eachDevice().minCapability();
        if (capability != null && offer.capable() < needs) {
            boolean perhaps = offer.capable() + offer.unknown() >= needs;
            var reason = new Reason.NotCapable(capability, needs, offer.devices());
            return Verdict.refused(room, perhaps ? Standing.NOT_NOW : Standing.NEVER, reason);
        }
        return offer.largeEnough()
                ? null
                : Verdict.refused(
                        room, Standing.NEVER, new Reason.TooSmall(demand, offer.devices()));
    }

    /// Returns the verdict on a node that has no room as it is. Sets of victims that cost as much
    /// as `below` or more are of no interest; null without a limit. Without `patient` it is of no
    /// interest either whether there is room later.
    Verdict withoutSome(Offer offer, @Nullable Cost below, boolean patient) {
        NodeRoom room = offer.room();
        List<Resident> residents = room.residents();
        List<Victim> victims = new Victims(offer).cheapest(this::price, below);
        if (victims != null) {
            boolean[] gone = new boolean[residents.size()];
            for (Victim victim : victims) {
                gone[residents.indexOf(victim.resident())] = true;
            }
            Choice after = Objects.requireNonNull(offer.soon(gone));
            return fits(room, Standing.AFTER_EVICTION, after, victims);
        }
        if (below != null || !patient) {
            return Verdict.refused(room, Standing.NOT_NOW, below == null ? NO_BETTER : DEARER);
        }
        boolean[] drained = new boolean[residents.size()];
        for (int i = 0; i < drained.length; i++) {
            Resident resident = residents.get(i);
            drained[i] =
                    resident.activity().use() == Use.LEAVING
                            || circumstances.mayDisplace(resident, demand.priority());
        }
        Choice drains = offer.soon(drained);
        Choice then = drains == null ? offer.unclaimed(drained) : drains;
        Reason.Blockers blockers = new Reason.Blockers(residents, circumstances, demand.priority());
        if (then != null) {
            var reason =
                    new Reason.Fits(
                            Standing.AFTER_DRAIN, then.devices(), offer.devices(), blockers);
            return new Verdict(
                    room, Standing.AFTER_DRAIN, then.devices(), then.sharesMb(), List.of(), reason);
        }
        var reason = new Reason.Full(demand, offer.devices(), blockers);
        return Verdict.refused(room, Standing.NOT_NOW, reason);
    }

    private @Nullable Cost price(Resident resident) {
        if (!circumstances.mayEvict(resident, demand.priority())) {
            return null;
        }
        Worth worth = circumstances.worth().apply(resident.model());
        return worth.spare() > 0
                ? EvictionPolicy.ofSpare(resident, circumstances.now())
                : policy.cost(resident, worth, circumstances.now());
    }

    private Verdict fits(NodeRoom room, Standing standing, Choice choice, List<Victim> victims) {
        var reason =
                new Reason.Fits(
                        standing,
                        choice.devices(),
                        demand.onCpu() ? List.of(room.ram()) : room.devices(),
                        new Reason.Leaving(victims));
        ModelFiles absent = circumstances.hold().downloads(room.node());
        Reason told = absent == null ? reason : new Reason.Downloads(reason, absent);
        return new Verdict(room, standing, choice.devices(), choice.sharesMb(), victims, told);
    }
}

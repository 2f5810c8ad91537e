package cortex.gateway.placement;

import cortex.gateway.placement.eviction.Cost;
import cortex.gateway.placement.eviction.Resident;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Is what the filter thinks of one node for one model: how it stands, on which devices with how
/// much of each (for the CPU no device, and what is taken of the host's memory), who would have to
/// leave, and why, for people.
public record Verdict(
        NodeRoom room,
        Standing standing,
        List<Integer> devices,
        List<Long> sharesMb,
        List<Victim> victims,
        Reason reason) {
    public Verdict {
        devices = List.copyOf(devices);
        sharesMb = List.copyOf(sharesMb);
        victims = List.copyOf(victims);
    }

    /// Is a replica that would have to leave, and what that costs.
    public record Victim(Resident resident, Cost cost) {}

    /// Returns a verdict that names no devices.
    static Verdict refused(NodeRoom room, Standing standing, Reason reason) {
        return new Verdict(room, standing, List.of(), List.of(), List.of(), reason);
    }

    /// Says how a node stands, best first.
    public enum Standing {
        /// There is room now.
        FITS,
        /// There will be room without anybody doing anything.
        SOON,
        /// There is room once idle replicas are unloaded.
        AFTER_EVICTION,
        /// There is room once requests in flight have ended, loaded models have had their time, or
        /// older requests have had their turn.
        AFTER_DRAIN,
        /// It does not answer, and may be back in a moment.
        AWAY,
        /// It could hold the model at another time.
        NOT_NOW,
        /// It has never answered.
        UNKNOWN,
        /// It can never hold the model.
        NEVER
    }

    /// Returns what all victims cost together; null without victims.
    public @Nullable Cost cost() {
        Cost sum = null;
        for (Victim victim : victims) {
            sum = sum == null ? victim.cost : sum.plus(victim.cost);
        }
        return sum;
    }

    /// Returns what others must leave alone of each device while a model waits for it: what the
    /// model is to get, or all of the devices when its size is not known, whatever is free of them
    /// now.
    public List<Long> claimMb(Demand demand) {
        if (!demand.sizeUnknown() || devices.isEmpty()) {
            return sharesMb;
        }
        return devices.stream()
                .map(index -> room.device(index).totalMb())
                .map(total -> total == null ? Long.valueOf(DeviceChoice.PLENTY) : total)
                .toList();
    }

    /// `node: reason`.
    @Override
    public String toString() {
        return room.node() + ": " + reason.text();
    }
}

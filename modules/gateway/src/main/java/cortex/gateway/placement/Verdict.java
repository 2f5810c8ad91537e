package cortex.gateway.placement;

import cortex.gateway.placement.NodeRoom.Resident;
import java.util.List;

/// What the filter thinks of one node for one model: how it stands, on which devices with how much
/// of each, who would have to leave, and why, for people.
public record Verdict(
        NodeRoom room,
        Standing standing,
        List<Integer> devices,
        long perDeviceMb,
        List<Resident> victims,
        Reason reason) {
    public Verdict {
        devices = List.copyOf(devices);
        victims = List.copyOf(victims);
    }

    /// A verdict that names no devices.
    static Verdict refused(NodeRoom room, Standing standing, Reason reason) {
        return new Verdict(room, standing, List.of(), 0, List.of(), reason);
    }

    /// How a node stands, best first.
    public enum Standing {
        /// There is room now.
        FITS,
        /// There will be room without anybody doing anything.
        SOON,
        /// There is room once idle replicas are unloaded.
        AFTER_EVICTION,
        /// There is room once requests in flight have ended.
        AFTER_DRAIN,
        /// It could hold the model at another time.
        NOT_NOW,
        /// It has never answered.
        UNKNOWN,
        /// It can never hold the model.
        NEVER
    }

    /// `node: reason`.
    @Override
    public String toString() {
        return room.node() + ": " + reason.text();
    }
}

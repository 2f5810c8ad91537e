package cortex.gateway.placement;

import cortex.gateway.placement.DeviceChoice.Choice;
import cortex.gateway.placement.NodeRoom.DeviceRoom;
import cortex.gateway.placement.eviction.Resident;
import cortex.gateway.placement.eviction.Resident.Use;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Is a node's devices as one model may use them, and what becomes of them when replicas go. Made
/// for one decision; asking changes nothing.
final class Offer {
    /// Less than any device can be short of.
    private static final long NONE = Long.MIN_VALUE;

    private final Demand demand;
    private final NodeRoom room;
    private final List<DeviceRoom> devices;
    private final boolean alone;
    private final boolean[] fit;

    /// What each device has to give soon, in their order; NONE when it is out of the question.
    private final long[] soonMb;

    private int capable;
    private int unknown;

    Offer(Demand demand, NodeRoom room) {
        this.demand = demand;
        this.room = room;
        this.devices = demand.onCpu() ? List.of(room.ram()) : room.devices();
        this.alone = demand.sizeUnknown();
        this.fit = new boolean[devices.size()];
        this.soonMb = new long[fit.length];
        for (int i = 0; i < fit.length; i++) {
            DeviceRoom device = devices.get(i);
            boolean known = device.memory().measuredMb() != null;
            fit[i] = suits(device);
            soonMb[i] = fit[i] && known ? device.soonMb() : NONE;
        }
    }

    private boolean suits(DeviceRoom device) {
        var wanted = demand.eachDevice().minCapability();
        var has = device.capability();
        if (wanted != null && !demand.onCpu()) {
            if (has == null) {
                unknown++;
                return false;
            }
            if (has.compareTo(wanted) < 0) {
                return false;
            }
            capable++;
        }
        Long total = device.totalMb();
        return total == null || total >= demand.eachDevice().minMb();
    }

    /// Returns the node.
    NodeRoom room() {
        return room;
    }

    /// Returns the devices in question: the host's memory alone for a model on the CPU.
    List<DeviceRoom> devices() {
        return devices;
    }

    /// Devices that are known to be new enough; only for a model that asks for it.
    int capable() {
        return capable;
    }

    /// Devices of which that is not known.
    int unknown() {
        return unknown;
    }

    /// Returns whether the devices could hold the model if they were empty.
    boolean largeEnough() {
        long[] mb = new long[soonMb.length];
        boolean @Nullable [] empty = alone ? new boolean[mb.length] : null;
        for (int i = 0; i < mb.length; i++) {
            DeviceRoom device = devices.get(i);
            Long total = device.totalMb();
            long usable =
                    total == null
                            ? DeviceChoice.PLENTY
                            : Math.max(0, total - device.memory().headroomMb());
            mb[i] = fit[i] ? usable : NONE;
            if (empty != null) {
                empty[i] = true;
            }
        }
        return new DeviceChoice(demand, devices, mb, empty).possible();
    }

    /// Returns whether all devices together will have enough; with less it can go nowhere, now or
    /// soon.
    boolean reaches() {
        return DeviceChoice.reaches(soonMb, demand);
    }

    /// Returns where the model can go now.
    @Nullable Choice now() {
        long[] mb = new long[soonMb.length];
        for (int i = 0; i < mb.length; i++) {
            mb[i] = soonMb[i] == NONE ? NONE : devices.get(i).nowMb();
        }
        return new DeviceChoice(demand, devices, mb, empty(null, true)).choose();
    }

    /// Returns where it can go once all that is expected has come, without the residents marked in
    /// `gone` (null for none).
    @Nullable Choice soon(boolean @Nullable [] gone) {
        return later(gone, false).choose();
    }

    /// Returns where it could go then if no older request had a claim to the room.
    @Nullable Choice unclaimed(boolean @Nullable [] gone) {
        return later(gone, true).choose();
    }

    /// Returns whether it can go anywhere then.
    boolean possible(boolean @Nullable [] gone) {
        return later(gone, false).possible();
    }

    private DeviceChoice later(boolean @Nullable [] gone, boolean claimed) {
        long[] mb = soonMb.clone();
        if (claimed) {
            for (int i = 0; i < mb.length; i++) {
                mb[i] += mb[i] == NONE ? 0 : devices.get(i).memory().claimedMb();
            }
        }
        if (gone != null) {
            for (int r = 0; r < gone.length; r++) {
                if (gone[r]) {
                    free(room.residents().get(r), mb);
                }
            }
        }
        return new DeviceChoice(demand, devices, mb, empty(gone, false));
    }

    /// What a resident gives back; of one that is leaving that is among what comes already.
    private void free(Resident resident, long[] mb) {
        if (resident.activity().use() == Use.LEAVING) {
            return;
        }
        for (int slot = 0; slot < resident.devices().size(); slot++) {
            int at = position(resident.devices().get(slot));
            if (at >= 0 && mb[at] != NONE) {
                mb[at] += resident.memoryMb().get(slot);
            }
        }
    }

    /// Returns where a device stands in the list: nearly always where its number says.
    private int position(int index) {
        if (index >= 0 && index < devices.size() && devices.get(index).index() == index) {
            return index;
        }
        for (int i = 0; i < devices.size(); i++) {
            if (devices.get(i).index() == index) {
                return i;
            }
        }
        return -1;
    }

    /// Returns the devices that a model of unknown size may have to itself; null for any other,
    /// which does not need to know.
    private boolean @Nullable [] empty(boolean @Nullable [] gone, boolean quiet) {
        if (!alone) {
            return null;
        }
        boolean[] empty = new boolean[devices.size()];
        for (int i = 0; i < empty.length; i++) {
            DeviceRoom device = devices.get(i);
            boolean promised = device.memory().comingMb() > 0 || device.memory().claimedMb() > 0;
            empty[i] = !(quiet && promised);
            for (int r = 0; r < room.residents().size(); r++) {
                Resident resident = room.residents().get(r);
                boolean leaves =
                        !quiet
                                && (resident.activity().use() == Use.LEAVING
                                        || (gone != null && gone[r]));
                empty[i] &= leaves || !resident.devices().contains(device.index());
            }
        }
        return empty;
    }
}

package cortex.gateway.placement;

import cortex.gateway.placement.DeviceChoice.Choice;
import cortex.gateway.placement.NodeRoom.DeviceRoom;
import cortex.gateway.placement.NodeRoom.Resident;
import cortex.gateway.placement.NodeRoom.Use;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A node's devices as one model may use them, and what becomes of them when replicas go. Made for
/// one decision; asking changes nothing.
final class Offer {
    private final Demand demand;
    private final NodeRoom room;
    private final List<DeviceRoom> devices;
    private final boolean[] fit;
    private int capable;
    private int unknown;

    Offer(Demand demand, NodeRoom room) {
        this.demand = demand;
        this.room = room;
        this.devices = demand.onCpu() ? List.of(room.ram()) : room.devices();
        this.fit = new boolean[devices.size()];
        for (int i = 0; i < fit.length; i++) {
            fit[i] = suits(devices.get(i));
        }
    }

    private boolean suits(DeviceRoom device) {
        var wanted = demand.minCapability();
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
        return total == null || total >= demand.minDeviceMb();
    }

    /// The devices in question: the host's memory alone for a model on the CPU.
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

    /// Whether the devices could hold the model if they were empty.
    boolean largeEnough() {
        long[] mb = new long[fit.length];
        boolean[] empty = new boolean[fit.length];
        for (int i = 0; i < fit.length; i++) {
            DeviceRoom device = devices.get(i);
            Long total = device.totalMb();
            long usable =
                    total == null
                            ? DeviceChoice.PLENTY
                            : Math.max(0, total - device.memory().headroomMb());
            mb[i] = fit[i] ? usable : -1;
            empty[i] = true;
        }
        return new DeviceChoice(demand, devices, mb, empty).possible();
    }

    /// Where the model can go now.
    @Nullable Choice now() {
        long[] mb = new long[fit.length];
        for (int i = 0; i < fit.length; i++) {
            mb[i] = fit[i] ? devices.get(i).nowMb() : -1;
        }
        return new DeviceChoice(demand, devices, mb, empty(null, true)).choose();
    }

    /// Where it can go once all that is expected has come, without the residents marked in `gone`
    /// (null for none).
    @Nullable Choice soon(boolean @Nullable [] gone) {
        return later(gone, false).choose();
    }

    /// Where it could go then if no older request had a claim to the room.
    @Nullable Choice unclaimed(boolean @Nullable [] gone) {
        return later(gone, true).choose();
    }

    /// Whether it can go anywhere then.
    boolean possible(boolean @Nullable [] gone) {
        return later(gone, false).possible();
    }

    private DeviceChoice later(boolean @Nullable [] gone, boolean claimed) {
        long[] mb = new long[fit.length];
        for (int i = 0; i < fit.length; i++) {
            DeviceRoom device = devices.get(i);
            boolean known = device.memory().measuredMb() != null;
            long others = claimed ? device.memory().claimedMb() : 0;
            mb[i] = fit[i] && known ? device.soonMb() + others : Long.MIN_VALUE;
        }
        if (gone != null) {
            for (int r = 0; r < gone.length; r++) {
                Resident resident = room.residents().get(r);
                if (gone[r] && resident.use() != Use.LEAVING) {
                    free(resident, mb);
                }
            }
        }
        return new DeviceChoice(demand, devices, mb, empty(gone, false));
    }

    private void free(Resident resident, long[] mb) {
        for (int i = 0; i < mb.length; i++) {
            int at = resident.devices().indexOf(devices.get(i).index());
            if (at >= 0 && mb[i] != Long.MIN_VALUE) {
                mb[i] += resident.memoryMb().get(at);
            }
        }
    }

    /// The devices that a model of unknown size may have to itself; nobody else needs to know.
    private boolean[] empty(boolean @Nullable [] gone, boolean quiet) {
        boolean[] empty = new boolean[fit.length];
        if (demand.totalMb(Math.max(1, demand.minDevices())) != null) {
            return empty;
        }
        for (int i = 0; i < fit.length; i++) {
            DeviceRoom device = devices.get(i);
            empty[i] = !(quiet && device.memory().comingMb() > 0);
            for (int r = 0; r < room.residents().size(); r++) {
                Resident resident = room.residents().get(r);
                boolean leaves =
                        !quiet && (resident.use() == Use.LEAVING || (gone != null && gone[r]));
                empty[i] &= leaves || !resident.devices().contains(device.index());
            }
        }
        return empty;
    }
}

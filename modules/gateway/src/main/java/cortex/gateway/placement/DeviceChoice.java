package cortex.gateway.placement;

import cortex.gateway.placement.NodeRoom.DeviceRoom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Chooses devices of one node for one model: the fewest that hold it, of one kind if they can be,
/// the fullest that do, so that big models keep their holes. An instance of a GPU in MIG mode is
/// only ever used alone, and devices of two vendors never together.
final class DeviceChoice {
    /// More than any device has.
    static final long PLENTY = Long.MAX_VALUE / 1024;

    private final Demand demand;
    private final List<DeviceRoom> devices;

    /// What each device has to give, in their order; negative when it is out of the question.
    private final long[] roomMb;

    /// Whether a model of unknown size may have the device; null when none of them may.
    private final boolean @Nullable [] empty;

    /// Makes a choice; `devices` are the host's memory alone for a model on the CPU.
    DeviceChoice(
            Demand demand, List<DeviceRoom> devices, long[] roomMb, boolean @Nullable [] empty) {
        this.demand = demand;
        this.devices = devices;
        this.roomMb = roomMb;
        this.empty = empty;
    }

    /// Is the choice: devices (none for the CPU), and what is taken of each in MiB; for the CPU
    /// what is taken of the host's memory.
    record Choice(List<Integer> devices, List<Long> sharesMb) {}

    /// Returns what the model gets, or null when there is no room.
    @Nullable Choice choose() {
        if (demand.onCpu()) {
            Long need = demand.totalMb(0, usable(0));
            long mb = need == null ? 0 : need;
            return roomMb[0] >= mb ? new Choice(List.of(), List.of(mb)) : null;
        }
        if (!reaches(roomMb, demand)) {
            return null;
        }
        if (demand.minDevices() == 1) {
            int best = tightest();
            if (best >= 0) {
                int index = devices.get(best).index();
                return new Choice(List.of(index), List.of(share(1, best)));
            }
        }
        List<DeviceChoice> vendors = byVendor();
        for (int count = Math.max(2, demand.minDevices()); count <= devices.size(); count++) {
            for (DeviceChoice vendor : vendors) {
                Choice choice = vendor.several(count);
                if (choice != null) {
                    return choice;
                }
            }
        }
        return null;
    }

    /// Returns the same choice among each vendor's devices alone: no engine uses those of two at
    /// once.
    private List<DeviceChoice> byVendor() {
        if (ofOneVendor()) {
            return List.of(this);
        }
        return devices.stream().map(DeviceRoom::vendor).distinct().map(this::amongThoseOf).toList();
    }

    private boolean ofOneVendor() {
        for (DeviceRoom device : devices) {
            if (!device.vendor().equals(devices.getFirst().vendor())) {
                return false;
            }
        }
        return true;
    }

    private DeviceChoice amongThoseOf(String vendor) {
        int[] own =
                IntStream.range(0, devices.size())
                        .filter(at -> devices.get(at).vendor().equals(vendor))
                        .toArray();
        boolean[] all = empty;
        boolean[] some = null;
        if (all != null) {
            some = new boolean[own.length];
            for (int i = 0; i < own.length; i++) {
                some[i] = all[own[i]];
            }
        }
        return new DeviceChoice(
                demand,
                IntStream.of(own).mapToObj(devices::get).toList(),
                IntStream.of(own).mapToLong(at -> roomMb[at]).toArray(),
                some);
    }

    /// Returns whether all devices together have enough for it; if not there is no need to look at
    /// how it could be split.
    static boolean reaches(long[] roomMb, Demand demand) {
        long all = 0;
        for (long mb : roomMb) {
            all += Math.min(PLENTY / roomMb.length, Math.max(0, mb));
        }
        return all >= demand.leastMb();
    }

    /// Returns whether there is any room, without saying where.
    boolean possible() {
        if (demand.minDevices() == 1 && tightest() >= 0) {
            return true;
        }
        return (demand.minDevices() != 1 || devices.size() > 1) && choose() != null;
    }

    private int tightest() {
        int best = -1;
        for (int i = 0; i < roomMb.length; i++) {
            if (holds(1, i) && (best < 0 || roomMb[i] < roomMb[best])) {
                best = i;
            }
        }
        return best;
    }

    private boolean holds(int count, int at) {
        if (roomMb[at] < 0) {
            return false;
        }
        return demand.totalMb(count) == null ? empty(at) : roomMb[at] >= share(count, at);
    }

    private boolean empty(int at) {
        return empty != null && empty[at];
    }

    /// Returns an equal part of the model and what one device may need more, or the whole device
    /// for one of unknown size.
    private long share(int count, int at) {
        long usable = usable(at);
        long all = usable >= PLENTY / count ? PLENTY : usable * count;
        Long total = demand.totalMb(count, all);
        return total == null
                ? Math.max(0, devices.get(at).memory().nowMb())
                : withUneven((total + count - 1) / count, count, at);
    }

    /// Returns a part and what one device may need more; an empty device is enough where the part
    /// is not too large for it.
    private long withUneven(long part, int count, int at) {
        return Math.min(part + demand.memory().unevenMb(count), Math.max(part, usable(at)));
    }

    private long usable(int at) {
        DeviceRoom device = devices.get(at);
        Long total = device.totalMb();
        return total == null ? PLENTY : total - device.memory().headroomMb();
    }

    private @Nullable Choice several(int count) {
        if (!demand.split().shares().isEmpty()) {
            return demand.split().shares().size() == count ? asTold(count) : null;
        }
        List<Integer> roomy = new ArrayList<>();
        for (int i = 0; i < roomMb.length; i++) {
            if (holds(count, i) && !devices.get(i).instance()) {
                roomy.add(i);
            }
        }
        roomy.sort(byRoom());
        List<Integer> chosen = alike(roomy, count);
        if (chosen == null && !demand.split().even() && roomy.size() >= count) {
            chosen = roomy.subList(0, count);
        }
        if (chosen == null) {
            return demand.split().even() ? null : unevenly(count);
        }
        List<Integer> indexes = new ArrayList<>(count);
        List<Long> shares = new ArrayList<>(count);
        for (int at : inOrder(chosen)) {
            indexes.add(devices.get(at).index());
            shares.add(share(count, at));
        }
        return new Choice(indexes, shares);
    }

    /// Returns the first kind of device of which there are enough.
    private @Nullable List<Integer> alike(List<Integer> roomy, int count) {
        for (int first : roomy) {
            List<Integer> same = new ArrayList<>();
            for (int other : roomy) {
                if (sameKind(devices.get(first), devices.get(other))) {
                    same.add(other);
                }
            }
            if (same.size() >= count) {
                return same.subList(0, count);
            }
        }
        return null;
    }

    private static boolean sameKind(DeviceRoom one, DeviceRoom other) {
        return one.name().equals(other.name()) && Objects.equals(one.totalMb(), other.totalMb());
    }

    /// Returns the fullest devices that hold the model together, each in proportion to its room, as
    /// llama-server itself would fill them.
    private @Nullable Choice unevenly(int count) {
        if (demand.totalMb(count) == null) {
            return null;
        }
        List<Integer> usable = new ArrayList<>();
        for (int i = 0; i < roomMb.length; i++) {
            if (roomMb[i] > demand.memory().unevenMb(count) && !devices.get(i).instance()) {
                usable.add(i);
            }
        }
        usable.sort(byRoom());
        for (int from = 0; from + count <= usable.size(); from++) {
            List<Integer> some = usable.subList(from, from + count);
            List<Double> parts =
                    some.stream()
                            .map(at -> (double) roomMb[at] - demand.memory().unevenMb(count))
                            .toList();
            Choice choice = parted(some, parts);
            if (choice != null) {
                return choice;
            }
        }
        return null;
    }

    /// Neighbours by index that can take the shares the catalogue says.
    private @Nullable Choice asTold(int count) {
        for (int from = 0; from + count <= devices.size(); from++) {
            List<Integer> some = new ArrayList<>();
            for (int at = from; at < from + count; at++) {
                some.add(at);
            }
            boolean whole = some.stream().noneMatch(at -> devices.get(at).instance());
            Choice choice = whole ? parted(some, demand.split().shares()) : null;
            if (choice != null) {
                return choice;
            }
        }
        return null;
    }

    /// Returns the model in these parts of these devices, or null when one of them cannot take its
    /// own.
    private @Nullable Choice parted(List<Integer> some, List<Double> parts) {
        double sum = 0;
        long usable = 0;
        for (int i = 0; i < some.size(); i++) {
            sum += parts.get(i);
            usable += Math.min(PLENTY / some.size(), usable(some.get(i)));
        }
        Long total = demand.totalMb(some.size(), usable);
        List<Integer> order = inOrder(some);
        List<Integer> indexes = new ArrayList<>();
        List<Long> shares = new ArrayList<>();
        for (int at : order) {
            double part = parts.get(some.indexOf(at)) / sum;
            long share =
                    total == null
                            ? Math.max(0, devices.get(at).memory().nowMb())
                            : withUneven((long) Math.ceil(total * part - 1e-6), some.size(), at);
            if (roomMb[at] < 0 || (total == null ? !empty(at) : roomMb[at] < share)) {
                return null;
            }
            indexes.add(devices.get(at).index());
            shares.add(share);
        }
        return new Choice(indexes, shares);
    }

    private List<Integer> inOrder(List<Integer> some) {
        List<Integer> order = new ArrayList<>(some);
        Collections.sort(order);
        return order;
    }

    private Comparator<Integer> byRoom() {
        return Comparator.<Integer>comparingLong(at -> roomMb[at])
                .thenComparingInt(at -> devices.get(at).index());
    }
}

package cortex.gateway.placement;

import cortex.gateway.placement.NodeRoom.DeviceRoom;
import cortex.gateway.placement.NodeRoom.Resident;
import cortex.gateway.placement.NodeRoom.Use;
import cortex.gateway.placement.Verdict.Standing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Judges one node for one model: can it ever, can it now, who would have to leave.
final class Filter {
    /// More than any device has; stands for the room of a device that a model gets to itself.
    private static final long PLENTY = Long.MAX_VALUE / 4;

    private final Demand demand;
    private final Comparator<Resident> cheapestFirst;

    /// Victims are tried in the order of `cheapestFirst`.
    Filter(Demand demand, Comparator<Resident> cheapestFirst) {
        this.demand = demand;
        this.cheapestFirst = cheapestFirst;
    }

    /// Devices, and what is taken of each.
    private record Choice(List<Integer> devices, long perDeviceMb) {}

    /// The verdict on a node; `hold` is a reason of the model's own not to place it there now.
    Verdict judge(NodeRoom room, @Nullable Reason hold) {
        if (!room.answered()) {
            String why = room.problem() == null ? "has not answered yet" : room.problem();
            return Verdict.refused(room, Standing.UNKNOWN, new Reason.Said(why));
        }
        Reason never = never(room);
        if (never != null) {
            return Verdict.refused(room, Standing.NEVER, never);
        }
        String problem = room.problem();
        if (problem != null) {
            return Verdict.refused(room, Standing.NOT_NOW, new Reason.Said(problem));
        }
        if (hold != null) {
            return Verdict.refused(
                    room, hold instanceof Reason.BackOff ? Standing.NOT_NOW : Standing.SOON, hold);
        }
        return fit(room);
    }

    private @Nullable Reason never(NodeRoom room) {
        if (!room.harnesses().contains(demand.harness())) {
            return new Reason.NoHarness(demand.harness(), room.harnesses());
        }
        List<DeviceRoom> devices = candidates(room);
        if (!demand.onCpu() && room.devices().size() < demand.minDevices()) {
            return new Reason.TooFewDevices(demand.minDevices(), room.devices().size());
        }
        ToLongFunction<DeviceRoom> whole = d -> orPlenty(d.totalMb());
        return choose(devices, whole) == null
                ? new Reason.TooSmall(demand, demand.onCpu() ? devices : room.devices())
                : null;
    }

    private Verdict fit(NodeRoom room) {
        Choice now = choose(room, DeviceRoom::nowMb, Set.of());
        if (now != null) {
            return fits(room, Standing.FITS, now, List.of());
        }
        Set<Resident> gone = new HashSet<>();
        room.residents().stream().filter(r -> r.use() == Use.LEAVING).forEach(gone::add);
        Choice soon = choose(room, DeviceRoom::soonMb, gone);
        if (soon != null) {
            return fits(room, Standing.SOON, soon, List.of());
        }
        List<Resident> victims = victims(room, gone);
        Choice after = choose(room, DeviceRoom::soonMb, union(gone, victims));
        if (after != null) {
            return fits(room, Standing.AFTER_EVICTION, after, victims);
        }
        room.residents().stream().filter(r -> !r.pinned()).forEach(gone::add);
        Choice drained = choose(room, DeviceRoom::soonMb, gone);
        if (drained != null) {
            return fits(room, Standing.AFTER_DRAIN, drained, List.of());
        }
        return Verdict.refused(room, Standing.NOT_NOW, new Reason.Full(demand, candidates(room)));
    }

    private Verdict fits(NodeRoom room, Standing standing, Choice choice, List<Resident> victims) {
        String how =
                switch (standing) {
                    case FITS -> "has room";
                    case SOON -> "is about to have room";
                    case AFTER_EVICTION ->
                            "has room without "
                                    + String.join(
                                            ", ", victims.stream().map(Resident::model).toList());
                    case AFTER_DRAIN -> "has room when requests in flight have ended";
                    case NOT_NOW, UNKNOWN, NEVER -> throw new IllegalArgumentException();
                };
        var reason = new Reason.Fits(how, choice.devices, candidates(room));
        return new Verdict(room, standing, choice.devices, choice.perDeviceMb, victims, reason);
    }

    /// The cheapest idle replicas without which the model fits; those that do not help are left out
    /// again, the dearest first. Without success it is all the idle ones.
    private List<Resident> victims(NodeRoom room, Set<Resident> gone) {
        List<Resident> victims = new ArrayList<>();
        List<Resident> idle =
                room.residents().stream()
                        .filter(Resident::evictable)
                        .sorted(cheapestFirst)
                        .toList();
        for (Resident candidate : idle) {
            victims.add(candidate);
            if (choose(room, DeviceRoom::soonMb, union(gone, victims)) != null) {
                break;
            }
        }
        for (Resident candidate : List.copyOf(victims).reversed()) {
            victims.remove(candidate);
            if (choose(room, DeviceRoom::soonMb, union(gone, victims)) == null) {
                victims.add(candidate);
            }
        }
        return victims;
    }

    private static Set<Resident> union(Set<Resident> some, List<Resident> more) {
        Set<Resident> all = new HashSet<>(some);
        all.addAll(more);
        return all;
    }

    private List<DeviceRoom> candidates(NodeRoom room) {
        return demand.onCpu()
                ? List.of(room.ram())
                : room.devices().stream()
                        .filter(d -> orPlenty(d.totalMb()) >= demand.minDeviceMb())
                        .toList();
    }

    /// Devices for the model when the residents in `gone` are gone. The memory of those that leave
    /// already is in the room's figures.
    private @Nullable Choice choose(
            NodeRoom room, ToLongFunction<DeviceRoom> base, Set<Resident> gone) {
        Map<Integer, Long> freed = new HashMap<>();
        Set<Integer> occupied = new HashSet<>();
        for (Resident resident : room.residents()) {
            if (!gone.contains(resident)) {
                occupied.addAll(resident.devices());
            } else if (resident.use() != Use.LEAVING) {
                resident.devices().forEach(d -> freed.merge(d, resident.memoryMb(), Long::sum));
            }
        }
        boolean alone = demand.perDeviceMb(1) == null;
        return choose(
                candidates(room),
                d -> {
                    long free = base.applyAsLong(d);
                    if (d.measuredMb() == null) {
                        return -1;
                    }
                    if (!alone) {
                        return free + freed.getOrDefault(d.index(), 0L);
                    }
                    boolean stirring = gone.isEmpty() && d.comingMb() > 0;
                    return stirring || occupied.contains(d.index()) ? -1 : PLENTY;
                });
    }

    /// The fewest devices that hold the model, of one kind if they can be, the fullest that do.
    private @Nullable Choice choose(List<DeviceRoom> devices, ToLongFunction<DeviceRoom> room) {
        if (demand.onCpu()) {
            long need = orPlenty(demand.perDeviceMb(1));
            return room.applyAsLong(devices.getFirst()) >= need
                    ? new Choice(List.of(), need)
                    : null;
        }
        for (int count = demand.minDevices(); count <= devices.size(); count++) {
            Choice choice = choose(devices, room, count);
            if (choice != null) {
                return choice;
            }
        }
        return null;
    }

    private @Nullable Choice choose(
            List<DeviceRoom> devices, ToLongFunction<DeviceRoom> room, int count) {
        Long share = demand.perDeviceMb(count);
        long need = share == null ? 1 : share;
        List<DeviceRoom> roomy =
                devices.stream()
                        .filter(d -> room.applyAsLong(d) >= need)
                        .sorted(Comparator.comparingLong(room).thenComparingInt(DeviceRoom::index))
                        .toList();
        if (roomy.size() < count) {
            return null;
        }
        List<DeviceRoom> alike = count == 1 ? roomy : alike(roomy, count);
        if (alike == null) {
            if (demand.evenDevices()) {
                return null;
            }
            alike = roomy;
        }
        List<DeviceRoom> chosen = alike.subList(0, count);
        long taken = share == null ? chosen.stream().mapToLong(Filter::all).max().orElse(0) : share;
        return new Choice(chosen.stream().map(DeviceRoom::index).sorted().toList(), taken);
    }

    /// The first kind of device of which there are `count`.
    private static @Nullable List<DeviceRoom> alike(List<DeviceRoom> roomy, int count) {
        for (DeviceRoom first : roomy) {
            List<DeviceRoom> same = roomy.stream().filter(d -> sameKind(d, first)).toList();
            if (same.size() >= count) {
                return same;
            }
        }
        return null;
    }

    private static boolean sameKind(DeviceRoom one, DeviceRoom other) {
        return one.name().equals(other.name()) && Objects.equals(one.totalMb(), other.totalMb());
    }

    private static long all(DeviceRoom device) {
        Long free = device.measuredMb();
        return free == null ? 0 : free;
    }

    private static long orPlenty(@Nullable Long mb) {
        return mb == null ? PLENTY : mb;
    }
}

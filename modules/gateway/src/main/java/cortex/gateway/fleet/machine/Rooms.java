package cortex.gateway.fleet.machine;

import cortex.core.node.DeviceInfo;
import cortex.core.node.Discovery;
import cortex.gateway.fleet.machine.NodeState.Departure;
import cortex.gateway.fleet.rules.ReplicaState.Draining;
import cortex.gateway.fleet.rules.ReplicaState.Loaded;
import cortex.gateway.fleet.rules.ReplicaState.Loading;
import cortex.gateway.fleet.rules.ReplicaState.Ready;
import cortex.gateway.fleet.rules.ReplicaState.Suspect;
import cortex.gateway.fleet.rules.ReplicaState.Unloading;
import cortex.gateway.placement.NodeRoom;
import cortex.gateway.placement.NodeRoom.DeviceRoom;
import cortex.gateway.placement.NodeRoom.Resident;
import cortex.gateway.placement.NodeRoom.Use;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The memory ledger: what each device of a node has free as measured, less what is promised to
/// loads, and what is on its way. Computed from the books each time they change; holds nothing of
/// its own.
final class Rooms {
    private final FleetState state;

    Rooms(FleetState state) {
        this.state = state;
    }

    /// What the planner sees of every node.
    List<NodeRoom> all() {
        return state.nodes.values().stream().map(this::room).toList();
    }

    NodeRoom room(NodeState node) {
        NodeRoom known = node.room;
        if (known == null) {
            known = make(node);
            node.room = known;
        }
        return known;
    }

    private NodeRoom make(NodeState node) {
        Discovery host = node.discovery;
        List<DeviceInfo> infos = host == null ? List.of() : host.devices();
        return new NodeRoom(
                node.name,
                node.answered && host != null,
                node.healthy ? null : problem(node),
                host == null ? Set.of() : Set.copyOf(host.harnesses()),
                infos.stream()
                        .map(d -> device(node, d.index(), d.name(), d.vramTotalMb()))
                        .toList(),
                device(node, NodeRoom.RAM, "RAM", host == null ? null : host.ramTotalMb()),
                node.replicas.stream().map(Rooms::resident).toList());
    }

    private static String problem(NodeState node) {
        String how = node.problem == null ? "" : " (" + node.problem + ")";
        return (node.answered ? "does not answer" : "has not answered yet") + how;
    }

    private DeviceRoom device(NodeState node, int index, String name, @Nullable Long totalMb) {
        long reserved = 0;
        long coming = 0;
        for (Replica replica : node.replicas) {
            int at = replica.slots().indexOf(index);
            if (at < 0) {
                continue;
            }
            boolean leaves = replica.state() instanceof Unloading;
            if (!replica.measured) {
                long promised = promised(replica);
                reserved += promised;
                coming +=
                        leaves
                                ? promised
                                : Math.min(
                                        promised, dropped(node, index, replica.freeBefore.get(at)));
            } else if (leaves) {
                coming += orZero(replica.heldMb());
            }
        }
        for (Departure departure : node.departures) {
            if (departure.devices().contains(index)) {
                reserved += departure.reservedMb(node.readingAt);
                coming += departure.perDeviceMb();
            }
        }
        Long measured = node.measuredMb(index);
        return new DeviceRoom(
                index, name, totalMb, measured, reserved, coming, claimed(node, index));
    }

    /// What a load has still to take of each device, beyond what the reading shows as taken.
    private static long promised(Replica replica) {
        return Math.max(0, replica.perDeviceMb - replica.shownMb / replica.slots().size());
    }

    /// How far a device's free memory has fallen: that much of a promise may be taken already, or
    /// by somebody else; the next reading after the load tells.
    private static long dropped(NodeState node, int index, long before) {
        Long measured = node.measuredMb(index);
        return measured == null ? 0 : Math.max(0, before - measured);
    }

    private long claimed(NodeState node, int index) {
        long claimed = 0;
        for (ModelState model : state.waiting.values()) {
            ModelState.Claim claim = model.claim;
            if (claim != null && claim.node() == node && claim.slots().contains(index)) {
                claimed += claim.perDeviceMb();
            }
        }
        return claimed;
    }

    private static Resident resident(Replica replica) {
        return new Resident(
                replica.generation(),
                replica.model(),
                replica.slots(),
                orZero(replica.heldMb()),
                use(replica),
                replica.pinned(),
                replica.state() instanceof Ready ready ? ready.lastUsed() : 0);
    }

    /// A replica counts as busy too when its node sees more requests than were sent from here:
    /// another gateway uses it.
    private static Use use(Replica replica) {
        return switch (replica.state()) {
            case Loading _ -> Use.LOADING;
            case Ready ready -> idle(replica, ready) ? Use.IDLE : Use.BUSY;
            case Suspect suspect -> idle(replica, suspect) ? Use.IDLE : Use.BUSY;
            case Draining _ -> Use.BUSY;
            case Unloading _ -> Use.LEAVING;
        };
    }

    private static boolean idle(Replica replica, Loaded loaded) {
        return loaded.inFlight() == 0 && replica.foreignInFlight == 0;
    }

    private static long orZero(@Nullable Long mb) {
        return mb == null ? 0 : mb;
    }
}

package cortex.gateway.fleet.machine;

import cortex.core.catalogue.ComputeCapability;
import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.FailedPlace.Outcome;
import cortex.core.files.ModelFiles;
import cortex.core.node.DeviceInfo;
import cortex.core.node.Discovery;
import cortex.gateway.fleet.machine.NodeState.Departure;
import cortex.gateway.fleet.rules.Backoff;
import cortex.gateway.fleet.rules.ReplicaState.Draining;
import cortex.gateway.fleet.rules.ReplicaState.Loaded;
import cortex.gateway.fleet.rules.ReplicaState.Loading;
import cortex.gateway.fleet.rules.ReplicaState.Ready;
import cortex.gateway.fleet.rules.ReplicaState.Suspect;
import cortex.gateway.fleet.rules.ReplicaState.Unloading;
import cortex.gateway.fleet.view.Drivers;
import cortex.gateway.placement.Circumstances;
import cortex.gateway.placement.NodeRoom;
import cortex.gateway.placement.NodeRoom.DeviceRoom;
import cortex.gateway.placement.NodeRoom.Ledger;
import cortex.gateway.placement.Reason;
import cortex.gateway.placement.eviction.Resident;
import cortex.gateway.placement.eviction.Resident.Activity;
import cortex.gateway.placement.eviction.Resident.Use;
import cortex.gateway.placement.eviction.Worth;
import cortex.gateway.placement.footprint.Learned;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Makes the planner's view of the nodes: a memory ledger of each device with what was measured as
/// free, what is promised to loads, and what unloads will give back. It is computed anew whenever a
/// node changes, and holds nothing of its own.
final class PlannerView {
    /// The capability that marks an instance of a GPU in MIG mode.
    private static final String MIG = "mig";

    private final FleetState state;

    PlannerView(FleetState state) {
        this.state = state;
    }

    /// Returns what the planner sees of every node.
    List<NodeRoom> all() {
        return state.nodes().stream().map(this::room).toList();
    }

    /// Returns what else a decision about a model depends on.
    Circumstances circumstances(ModelState model, long now) {
        return circumstances(model, _ -> false, now);
    }

    /// Returns the same where nothing more is expected of the nodes that are given up.
    Circumstances circumstances(ModelState model, Predicate<NodeState> givenUp, long now) {
        ModelProfile profile = model.profile();
        return new Circumstances(
                now,
                state.settings().policy().eviction().minResidency().toNanos(),
                new Holds(model, givenUp, now),
                worths(now),
                profile == null ? Learned.NOTHING : state.footprints().learned(profile),
                begun(model));
    }

    /// Returns what having each model loaded is worth, each reckoned once.
    private Function<String, Worth> worths(long now) {
        Map<String, Worth> known = new HashMap<>();
        return id -> {
            Worth worth = known.get(id);
            if (worth == null) {
                worth = worth(id, now);
                known.put(id, worth);
            }
            return worth;
        };
    }

    /// Returns what having a model loaded is worth now.
    Worth worth(String id, long now) {
        ModelState model = state.find(id);
        return model == null
                ? Worth.UNKNOWN
                : new Worth(model.loadSecs(), model.usesPerSecond(now), model.spare());
    }

    private Set<String> begun(ModelState model) {
        Set<String> nodes = new HashSet<>();
        for (Replica replica : state.drainingNow()) {
            if (replica.leavesFor(model)) {
                nodes.add(replica.node());
            }
        }
        return nodes;
    }

    /// Tells why a model in particular cannot go to a node, and what became of it there.
    private final class Holds implements Circumstances.Hold {
        private final ModelState model;
        private final Predicate<NodeState> givenUp;
        private final long now;

        Holds(ModelState model, Predicate<NodeState> givenUp, long now) {
            this.model = model;
            this.givenUp = givenUp;
            this.now = now;
        }

        @Override
        public @Nullable Reason on(String name) {
            NodeState node = Objects.requireNonNull(state.node(name));
            Backoff last = model.failures().on(name);
            boolean held = last != null && (last.holds(now) || givenUp.test(node));
            return last != null && held && !awaitsRest(node, last)
                    ? failed(name, last)
                    : hold(model, node, now);
        }

        /// Whether a node only rests, and is away for a moment: it is waited for like any other.
        private boolean awaitsRest(NodeState node, Backoff last) {
            return last.how() != Outcome.LOAD_FAILED
                    && last.left(now) != null
                    && !givenUp.test(node)
                    && state.awaited(node, now);
        }

        private Reason failed(String node, Backoff last) {
            return new Reason.Failed(last.on(node, now), last.failures(), last.left(now));
        }

        @Override
        public @Nullable Reason lacks(String name) {
            ModelFiles files = Objects.requireNonNull(state.node(name)).files(model.id());
            if (files == null || files.lacks()) {
                return files == null ? null : new Reason.NoFile(files);
            }
            ModelFiles absent = downloads(name);
            ModelProfile profile = model.profile();
            Long freeMb = absent == null ? null : absent.freeMb();
            Long needsMb = profile == null ? null : profile.needs().vramMb();
            return freeMb != null && needsMb != null && freeMb < needsMb
                    ? new Reason.NoRoom(needsMb, freeMb)
                    : null;
        }

        @Override
        public @Nullable ModelFiles downloads(String name) {
            ModelFiles files = Objects.requireNonNull(state.node(name)).files(model.id());
            return files != null && files.state() == ModelFiles.State.DOWNLOADABLE ? files : null;
        }

        @Override
        public Circumstances.Past past(String name) {
            if (model.failures().failedOn(name)) {
                return Circumstances.Past.FAILED;
            }
            return model.failures().works(name)
                    ? Circumstances.Past.WORKED
                    : Circumstances.Past.UNTRIED;
        }
    }

    private @Nullable Reason hold(ModelState model, NodeState node, long now) {
        if (state.awaited(node, now)) {
            return new Reason.Away(problem(node));
        }
        for (Replica replica : model.replicas()) {
            if (replica.home() == node) {
                return holds(replica, now);
            }
        }
        NodeState.Restart restart = node.restart();
        ModelProfile profile = model.profile();
        if (restart != null
                && profile != null
                && restart.harness().equals(profile.engine().harness())) {
            return new Reason.Said("is restarting its harness '" + restart.harness() + "'");
        }
        return node.isCertain() ? null : new Reason.Said("has not reported since a command failed");
    }

    private static Reason holds(Replica replica, long now) {
        if (replica.isBarred(now)) {
            return new Reason.Held("has it, but its engine fails");
        }
        return replica.leaving() == null
                ? new Reason.Held("has it already")
                : new Reason.Said("is unloading it");
    }

    /// Returns what the planner sees of a node.
    NodeRoom room(NodeState node) {
        return node.room(this::make);
    }

    private NodeRoom make(NodeState node) {
        Discovery host = node.discovery();
        List<DeviceInfo> infos = host == null ? List.of() : host.devices();
        return new NodeRoom(
                node.name(),
                new NodeRoom.Condition(
                        node.answered() && host != null,
                        node.healthy() ? null : problem(node),
                        node.draining(),
                        Drivers.blind(node.discovery(), node.health())),
                host == null ? Set.of() : Set.copyOf(host.harnesses()),
                infos.stream().map(info -> device(node, info)).toList(),
                new DeviceRoom(
                        NodeRoom.RAM,
                        "RAM",
                        host == null ? null : host.ramTotalMb(),
                        null,
                        ledger(node, NodeRoom.RAM)),
                node.replicas().stream().map(this::resident).toList());
    }

    private static String problem(NodeState node) {
        if (node.comesBack()) {
            return String.valueOf(node.problem());
        }
        String how = node.problem() == null ? "" : " (" + node.problem() + ")";
        if (node.shutOut()) {
            return "its key, certificate or TLS does not match this gateway's" + how;
        }
        return (node.answered() ? "does not answer" : "has not answered yet") + how;
    }

    private DeviceRoom device(NodeState node, DeviceInfo info) {
        return new DeviceRoom(
                info.index(),
                info.vendor(),
                info.name(),
                info.vramTotalMb(),
                ComputeCapability.of(info),
                info.capability().containsKey(MIG),
                ledger(node, info.index()));
    }

    private Ledger ledger(NodeState node, int index) {
        long reserved = 0;
        long coming = 0;
        for (Replica replica : node.replicas()) {
            int at = replica.memoryDevices().indexOf(index);
            if (at < 0) {
                continue;
            }
            if (replica.memory().isUnknown()) {
                Long free = node.measuredMb(index);
                reserved += free == null ? 0 : free;
            } else if (!replica.memory().isMeasured()) {
                long promised = replica.memory().promisedMb(at);
                reserved += promised;
                coming +=
                        Math.min(promised, dropped(node, index, replica.memory().freeBeforeMb(at)));
            }
            if (replica.state() instanceof Unloading) {
                coming += replica.memory().heldMb().get(at);
            }
        }
        for (Departure departure : node.departures()) {
            int at = departure.devices().indexOf(index);
            if (at >= 0) {
                long hidden = departure.reservedMb(at, node.readingAt());
                reserved += hidden;
                coming += departure.heldMb().get(at);
                coming += Math.min(hidden, dropped(node, index, departure.freeBeforeMb(at)));
            }
        }
        return new Ledger(
                node.measuredMb(index),
                reserved,
                coming,
                claimed(node, index),
                state.settings().policy().placement().headroomMb());
    }

    /// Returns how far a device's free memory has fallen: that much of a promise may be taken
    /// already, or by somebody else; the next reading after the load tells.
    private static long dropped(NodeState node, int index, long before) {
        Long measured = node.measuredMb(index);
        return measured == null ? 0 : Math.max(0, before - measured);
    }

    private long claimed(NodeState node, int index) {
        long claimed = 0;
        for (Wait wait : state.waits()) {
            Wait.Claim claim = wait.claim();
            int at = claim == null || claim.node() != node ? -1 : claim.devices().indexOf(index);
            if (claim != null && at >= 0) {
                claimed += claim.sharesMb().get(at);
            }
        }
        return claimed;
    }

    private Resident resident(Replica replica) {
        ModelProfile profile = replica.of().profile();
        return new Resident(
                replica.generation(),
                replica.model(),
                replica.memoryDevices(),
                replica.memory().heldMb(),
                new Activity(
                        use(replica),
                        replica.state() instanceof Ready ready ? ready.lastUsed() : 0,
                        replica.state() instanceof Loaded loaded
                                ? loaded.serving().readySince()
                                : 0),
                replica.pinned(),
                profile == null ? 0 : profile.residency().priority());
    }

    /// Returns what a replica does. It counts as busy too when its node sees more requests than
    /// were sent from here: another gateway uses it.
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
        return loaded.inFlight() == 0 && replica.foreignInFlight() == 0;
    }
}

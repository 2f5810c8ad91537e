package cortex.gateway.fleet.machine;

import cortex.core.catalogue.ModelProfile;
import cortex.core.node.ModelInfo;
import cortex.gateway.config.RoutingConfig;
import cortex.gateway.fleet.machine.NodeState.Departure;
import cortex.gateway.fleet.rules.Breaker;
import cortex.gateway.fleet.rules.ReplicaMemory;
import cortex.gateway.fleet.rules.ReplicaState;
import cortex.gateway.fleet.rules.ReplicaState.Loaded;
import cortex.gateway.fleet.rules.ReplicaState.Loading;
import cortex.gateway.fleet.rules.ReplicaState.Ready;
import cortex.gateway.fleet.rules.UnloadReason;
import cortex.gateway.fleet.view.LiveReplica;
import cortex.gateway.fleet.view.Route;
import cortex.gateway.placement.NodeRoom;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One replica as the fleet knows it. Its identity never changes; its state is moved by the machine
/// only, and may be read by any thread.
final class Replica {
    /// Half of a replica's capacity, as its pressure is counted.
    static final double HALF = 0.5;

    /// What an engine is taken to do at once that does not tell.
    private static final int USUAL_SLOTS = 4;

    private final long generation;
    private final Placement placement;
    private final ReplicaMemory memory;
    private final boolean pinnedByProfile;
    private volatile ReplicaState state;
    private volatile @Nullable Long downloadedMb;

    private final LiveReplica.Live live =
            new LiveReplica.Live() {
                @Override
                public ReplicaState state() {
                    return Replica.this.state();
                }

                @Override
                public @Nullable Long downloadedMb() {
                    return downloadedMb;
                }
            };

    private @Nullable LiveReplica view;

    /// Requests its node sees that were not sent from here: another gateway's.
    private int foreignInFlight;

    /// The slots that requests from here take.
    private int used;

    /// The slots that requests may take at most.
    private int limit = Integer.MAX_VALUE;

    /// The slots that one request may take at most.
    private int most = 1;

    /// How its engine fared of late.
    private Breaker breaker = Breaker.CLOSED;

    /// The newest request it was granted to, and the newest of those at its last failure.
    private long newestRequest;

    private long newestAtFailure;

    /// The neuron's own id for this load; null until the neuron named it.
    private @Nullable String neuronId;

    /// Makes a replica that is being loaded at `now`.
    Replica(long generation, Placement placement, ReplicaMemory memory, long now) {
        this.generation = generation;
        this.placement = placement;
        this.memory = memory;
        ModelProfile profile = placement.model.profile();
        this.pinnedByProfile =
                profile != null && profile.needs().pinnedOn().contains(placement.home.name());
        this.state = new Loading(now, null);
    }

    /// Is where a replica of a model is.
    ///
    /// @param devices the devices it runs on; empty for the CPU
    record Placement(ModelState model, NodeState home, List<Integer> devices) {
        Placement {
            devices = List.copyOf(devices);
        }

        /// Returns the devices whose memory it takes: the host's own when it runs on the CPU.
        List<Integer> memoryDevices() {
            return devices.isEmpty() ? List.of(NodeRoom.RAM) : devices;
        }
    }

    /// Returns what readers of the fleet see of it: the same object until that changes.
    LiveReplica view() {
        LiveReplica known = view;
        boolean reachable = reachable();
        boolean pinned = pinned();
        if (known == null || known.reachable() != reachable || known.pinned() != pinned) {
            known =
                    new LiveReplica(
                            generation, model(), node(), devices(), reachable, pinned, live);
            view = known;
        }
        return known;
    }

    /// Returns the load it belongs to, never used again.
    long generation() {
        return generation;
    }

    /// Returns its model.
    ModelState of() {
        return placement.model;
    }

    /// Returns the id of its model.
    String model() {
        return placement.model.id();
    }

    /// Returns its node.
    NodeState home() {
        return placement.home;
    }

    /// Returns the name of its node.
    String node() {
        return placement.home.name();
    }

    /// Returns the devices it runs on; empty for the CPU.
    List<Integer> devices() {
        return placement.devices;
    }

    /// Returns the devices whose memory it takes: the host's own when it runs on the CPU.
    List<Integer> memoryDevices() {
        return placement.memoryDevices();
    }

    /// Returns what it takes of each of them; changed by this class only.
    ReplicaMemory memory() {
        return memory;
    }

    /// Returns where it is in its life now.
    ReplicaState state() {
        return state;
    }

    /// Returns why it must go; null when it is to stay.
    @Nullable UnloadReason leaving() {
        return state.leaving();
    }

    /// Returns whether it leaves so that the model gets room.
    boolean leavesFor(ModelState other) {
        UnloadReason why = leaving();
        return why != null && why.isRoomFor(other.id());
    }

    /// Returns whether it is never unloaded to make room: the catalogue or an operator says so.
    boolean pinned() {
        return pinnedByProfile || home().pins(model());
    }

    /// Returns whether the catalogue pins it to its node.
    boolean pinnedByProfile() {
        return pinnedByProfile;
    }

    /// Returns whether its node answers.
    boolean reachable() {
        return home().healthy();
    }

    /// Returns whether its node answers, or is expected back from a restart with what it has.
    boolean kept() {
        return home().healthy() || home().comesBack();
    }

    /// Returns whether it is ready as soon as its neuron is back from a restart.
    boolean comesBack() {
        return state instanceof Ready && home().comesBack();
    }

    /// Returns whether it takes requests, but for its limit.
    boolean ready() {
        return state instanceof Ready && home().healthy();
    }

    /// Returns when its load was done; of one that is not loaded the start of all time.
    long readySince() {
        return state instanceof Loaded loaded ? loaded.serving().readySince() : Long.MIN_VALUE;
    }

    /// Returns whether it is loaded and nothing is in flight, from here or from elsewhere.
    boolean idle() {
        return state instanceof Loaded loaded && loaded.inFlight() == 0 && foreignInFlight == 0;
    }

    /// Returns how many requests its node sees that were not sent from here: another gateway's.
    int foreignInFlight() {
        return foreignInFlight;
    }

    /// Returns the neuron's own id for this load; null until the neuron named it.
    @Nullable String neuronId() {
        return neuronId;
    }

    /// Returns how many slots a request of that weight takes. llama-server runs each answer in a
    /// slot of its own; of a request that asks for more than one may have, the rest waits.
    int slotsFor(int weight) {
        return Math.min(weight, most);
    }

    /// Returns the same as far as it is known; null when its engine does not tell how many it has.
    @Nullable Integer knownSlotsFor(int weight) {
        return limit == Integer.MAX_VALUE ? null : Integer.valueOf(slotsFor(weight));
    }

    /// Returns how many slots requests may take, which may be more than its engine has; `MAX_VALUE`
    /// when there is no limit.
    int limit() {
        return limit;
    }

    /// Returns whether another request of that weight may go to it now.
    boolean takes(int weight, long now) {
        if (!(state instanceof Ready ready) || !home().healthy()) {
            return false;
        }
        return isDistrusted()
                ? breaker.probing(now) && ready.inFlight() == 0
                : used + slotsFor(weight) <= limit;
    }

    /// Returns whether its circuit breaker counts. While no other replica of its model serves, that
    /// would only make everybody wait: its node says whether the engine is well.
    boolean isDistrusted() {
        return breaker.tripped() && anotherServes();
    }

    private boolean anotherServes() {
        for (Replica other : of().replicas()) {
            if (other != this && other.ready() && !other.breaker.tripped()) {
                return true;
            }
        }
        return false;
    }

    /// Returns whether it gets no request now, since too many in a row failed.
    boolean isBarred(long now) {
        return breaker.open(now) && isDistrusted();
    }

    /// Returns the slots that are taken, by another gateway's requests too, over what the engine
    /// does at once.
    double pressure() {
        return (used + foreignInFlight) / (double) capacity();
    }

    /// Returns how many slots of its engine are free.
    int slotsLeft() {
        return Math.max(0, capacity() - used - foreignInFlight);
    }

    private int capacity() {
        Integer slots =
                state instanceof Loaded loaded ? loaded.serving().info().engine().slots() : null;
        return slots == null || slots < 1 ? USUAL_SLOTS : slots;
    }

    /// Returns it as a request sees it.
    ///
    /// @param served whether it served the request's conversation before
    /// @param elsewhere whether a node that is in use has the model ready too
    Route route(boolean served, boolean elsewhere, long now) {
        Loaded loaded = state instanceof Loaded in ? in : null;
        return new Route(
                node(),
                loaded == null ? 0 : loaded.inFlight(),
                loaded == null ? 0 : foreignInFlight,
                loaded == null ? null : loaded.serving().info().engine().slots(),
                pressure(),
                served,
                obstacle(elsewhere, now));
    }

    private @Nullable String obstacle(boolean elsewhere, long now) {
        if (!home().healthy()) {
            return home().comesBack() ? "its node is restarting" : "its node does not answer";
        }
        return switch (state) {
            case ReplicaState.Loading _ -> "it is being loaded";
            case ReplicaState.Suspect suspect -> "its engine was lost: " + suspect.reason();
            case ReplicaState.Draining draining -> "it drains (" + draining.why() + ")";
            case ReplicaState.Unloading unloading ->
                    "it is being unloaded (" + unloading.why() + ")";
            case Ready _ when home().draining() && elsewhere -> "its node is draining";
            case Ready _ when takes(1, now) -> null;
            case Ready _ -> isDistrusted() ? "its engine fails" : "all slots are in use";
        };
    }

    /// Gives it a request that takes so many slots.
    void granted(long request, int slots) {
        used += slots;
        newestRequest = Math.max(newestRequest, request);
    }

    /// Takes back the slots of a request.
    void released(int slots) {
        used -= slots;
    }

    /// Counts a failed request against its engine.
    void failed(RoutingConfig routing, long now) {
        breaker = breaker.failed(routing, now);
        newestAtFailure = newestRequest;
    }

    /// Trusts its engine again when a request has ended well that it was granted to after its last
    /// failure.
    void endedWell(long request) {
        if (request > newestAtFailure) {
            breaker = Breaker.CLOSED;
        }
    }

    /// Notes the neuron's own id for this load.
    void named(String id) {
        neuronId = id;
    }

    /// Notes how many requests its engine does at once; without a number there is no limit. One
    /// request takes all slots only where none is kept for others.
    void limitTo(ModelInfo info, FleetMachine.Policy policy) {
        Integer slots = info.engine().slots();
        if (slots == null || slots < 1) {
            limit = Integer.MAX_VALUE;
            most = 1;
            return;
        }
        limit = slots + policy.routing().overSlots();
        most = Math.max(1, policy.keepSlot().isZero() ? slots : slots - 1);
    }

    /// Notes how many requests its node sees that were not sent from here.
    void foreign(int inFlight) {
        foreignInFlight = inFlight;
        home().touchRoom();
    }

    /// Notes what its node reports that it holds, or how far its download is.
    void uses(ModelInfo entry, long now) {
        downloadedMb = entry.load().downloadedMb();
        memory.reported(entry, home().readingAt(), now);
        home().touchRoom();
    }

    /// Notes that a reading was taken since it was loaded.
    void measured() {
        memory.measured();
        home().touchRoom();
    }

    /// Returns its memory as one that is gone and not measured as free yet; null when it holds
    /// none.
    @Nullable Departure departure(long now) {
        List<Long> held = memory.heldMb();
        if (held.stream().noneMatch(mb -> mb > 0)) {
            return null;
        }
        List<Long> free = home().measuredMb(memoryDevices());
        List<Long> back = new ArrayList<>();
        for (int at = 0; at < held.size(); at++) {
            long mb = held.get(at);
            back.add(
                    memory.isMeasured()
                            ? free.get(at) + mb * 3 / 4
                            : memory.freeBeforeMb(at) - mb / 4);
        }
        return new Departure(memoryDevices(), held, back, !memory.isMeasured(), now);
    }

    /// Moves it to another state.
    ///
    /// @throws IllegalStateException when the table in {@link ReplicaState} has no such move
    void become(ReplicaState next) {
        String obstacle = state.obstacle(next);
        if (obstacle != null) {
            throw new IllegalStateException(
                    "replica "
                            + generation
                            + " of '"
                            + model()
                            + "' on "
                            + node()
                            + " cannot go from "
                            + state
                            + " to "
                            + next
                            + ": "
                            + obstacle);
        }
        state = next;
        home().touch();
    }

    /// Counts one request more or less in flight; readers see that without being told.
    void count(int by, long now) {
        if (state instanceof Loaded loaded) {
            int inFlight = loaded.inFlight() + by;
            if (inFlight < 0) {
                throw new IllegalStateException("less than no request in flight: " + loaded);
            }
            state = loaded.with(inFlight, now);
            if (inFlight == 0 || inFlight == by) {
                home().touchRoom();
            }
        }
    }
}

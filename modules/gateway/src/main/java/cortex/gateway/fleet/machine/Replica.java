package cortex.gateway.fleet.machine;

import cortex.core.node.ModelInfo;
import cortex.gateway.config.RoutingConfig;
import cortex.gateway.fleet.rules.Breaker;
import cortex.gateway.fleet.rules.Parts;
import cortex.gateway.fleet.rules.ReplicaState;
import cortex.gateway.fleet.rules.ReplicaState.Loaded;
import cortex.gateway.fleet.rules.ReplicaState.Ready;
import cortex.gateway.fleet.view.LiveReplica;
import cortex.gateway.fleet.view.Route;
import cortex.gateway.fleet.rules.UnloadReason;
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

    final NodeState home;

    /// What was free of each device before it was loaded.
    final List<Long> freeBefore;

    /// What it is expected to take of each device, in MiB.
    final List<Long> sharesMb;

    /// Whether a reading was taken since it was loaded, so that its memory is among what is not
    /// free.
    boolean measured;

    /// Whether nobody knows what it will take: until that is measured it has its devices to itself.
    boolean sizeUnknown;

    /// In what proportion its model is spread over its devices; null when it was found loaded.
    @Nullable List<Double> parts;

    /// What its node says it holds of each device, null when that is unknown.
    private @Nullable List<Long> usedMb;

    /// When `usedMb` was told.
    private long usedAt;

    /// What it was known to hold of each device before the last reading was taken: that much of
    /// what is expected of it is not among the free memory any more. Null for nothing.
    private @Nullable List<Long> shownMb;

    /// Requests its node sees that were not sent from here: another gateway's.
    int foreignInFlight;

    /// The slots that requests from here take.
    private int used;

    /// How its engine fared of late.
    Breaker breaker = Breaker.CLOSED;

    /// The newest request it was granted to, and the newest of those at its last failure.
    long newestRequest;

    long newestAtFailure;

    /// The neuron's own id for this load; null until the neuron told it.
    @Nullable String neuronId;

    /// Whether the catalogue pins it to its node.
    boolean pinnedByProfile;

    /// Requests it takes at most.
    private int limit = Integer.MAX_VALUE;

    private final long generation;
    private final String model;
    private final List<Integer> devices;
    private volatile ReplicaState state;
    private @Nullable LiveReplica view;

    Replica(long generation, Place place, ReplicaState state) {
        this.generation = generation;
        this.home = place.node;
        this.model = place.model;
        this.devices = List.copyOf(place.devices);
        this.sharesMb = List.copyOf(place.sharesMb);
        long held = place.heldMb / slots().size();
        this.freeBefore = place.node.measuredMb(slots()).stream().map(free -> free + held).toList();
        this.state = state;
    }

    /// What a replica is a copy of, where it is, and what is expected of each device. The host's
    /// memory stands for the devices when it runs on the CPU. `heldMb` is what it holds of them
    /// already, when it was found there.
    record Place(
            String model,
            NodeState node,
            List<Integer> devices,
            List<Long> sharesMb,
            long heldMb) {}

    /// Returns what readers of the fleet see of it: the same object until that changes.
    LiveReplica view() {
        LiveReplica known = view;
        boolean reachable = reachable();
        boolean pinned = pinned();
        if (known == null || known.reachable() != reachable || known.pinned() != pinned) {
            known =
                    new LiveReplica(
                            generation,
                            model,
                            home.name(),
                            devices,
                            reachable,
                            pinned,
                            this::state);
            view = known;
        }
        return known;
    }

    /// The load it belongs to, never used again.
    long generation() {
        return generation;
    }

    /// The id of its model.
    String model() {
        return model;
    }

    /// The name of its node.
    String node() {
        return home.name();
    }

    /// Whether its node answers.
    boolean reachable() {
        return home.healthy();
    }

    /// Whether it takes requests, but for its limit.
    boolean ready() {
        return state instanceof Ready && home.healthy();
    }

    /// When its load was done; only of one that is loaded.
    long readySince() {
        return state instanceof Loaded loaded ? loaded.serving().readySince() : Long.MIN_VALUE;
    }

    /// Whether nothing is in flight, from here or from elsewhere; only of one that is loaded.
    boolean idle() {
        return state instanceof Loaded loaded && loaded.inFlight() == 0 && foreignInFlight == 0;
    }

    /// How many slots a request of that weight takes: llama-server runs each answer in a slot of
    /// its own, and one that asks for more than there are waits for itself.
    int slotsFor(int weight) {
        Integer slots = state instanceof Loaded loaded ? loaded.serving().info().slots() : null;
        return slots == null || slots < 1 ? 1 : Math.min(weight, slots);
    }

    /// So many slots are taken, or given back.
    void use(int slots) {
        used += slots;
    }

    /// How many requests' slots it has, and may have more than its engine has; `MAX_VALUE` when it
    /// has no limit.
    int limit() {
        return limit;
    }

    /// Whether another request of that weight may go to it now.
    boolean takes(int weight, long now) {
        if (!(state instanceof Ready ready) || !home.healthy()) {
            return false;
        }
        return breaker.tripped()
                ? breaker.probing(now) && ready.inFlight() == 0
                : used + slotsFor(weight) <= limit;
    }

    /// Takes note of a failed request.
    void failed(RoutingConfig routing, long now) {
        breaker = breaker.failed(routing, now);
        newestAtFailure = newestRequest;
    }

    /// As a request sees it, whether or not it `served` the conversation before; `elsewhere` when a
    /// node that is in use has the model ready too.
    Route route(boolean served, boolean elsewhere, long now) {
        boolean loaded = state instanceof Loaded;
        Integer slots = state instanceof Loaded l ? l.serving().info().slots() : null;
        return new Route(
                home.name(),
                state instanceof Loaded l ? l.inFlight() : 0,
                loaded ? foreignInFlight : 0,
                slots,
                pressure(),
                served,
                obstacle(elsewhere, now));
    }

    private @Nullable String obstacle(boolean elsewhere, long now) {
        if (!home.healthy()) {
            return "its node does not answer";
        }
        return switch (state) {
            case ReplicaState.Loading _ -> "it is being loaded";
            case ReplicaState.Suspect suspect -> "its engine was lost: " + suspect.reason();
            case ReplicaState.Draining draining -> "it drains (" + draining.why() + ")";
            case ReplicaState.Unloading unloading ->
                    "it is being unloaded (" + unloading.why() + ")";
            case Ready _ when home.draining() && elsewhere -> "its node is drained";
            case Ready _ when takes(1, now) -> null;
            case Ready _ -> breaker.tripped() ? "its engine fails" : "it is at its limit";
        };
    }

    /// Slots that are taken, by another gateway's requests too, over what the engine does at once.
    double pressure() {
        return (used + foreignInFlight) / (double) capacity();
    }

    /// How many slots of its engine are free.
    int slotsLeft() {
        return Math.max(0, capacity() - used - foreignInFlight);
    }

    private int capacity() {
        Integer slots = state instanceof Loaded loaded ? loaded.serving().info().slots() : null;
        return slots == null || slots < 1 ? USUAL_SLOTS : slots;
    }

    /// Takes note of how many requests its engine does at once; without a number there is no limit.
    void limitTo(ModelInfo info, int beyond) {
        Integer slots = info.slots();
        limit = slots == null || slots < 1 ? Integer.MAX_VALUE : slots + beyond;
    }

    /// Whether it is never unloaded to make room: the catalogue or an operator says so.
    boolean pinned() {
        return pinnedByProfile || home.pins(model);
    }

    /// The devices it runs on; empty for the CPU.
    List<Integer> devices() {
        return devices;
    }

    /// Where it is in its life now.
    ReplicaState state() {
        return state;
    }

    /// The devices, or the host's memory when it runs on the CPU.
    List<Integer> slots() {
        return devices.isEmpty() ? List.of(NodeRoom.RAM) : devices;
    }

    /// What it holds of each device as far as anybody knows, 0 where nobody does.
    List<Long> heldMb() {
        List<Long> told = usedMb;
        if (told == null) {
            return sharesMb;
        }
        List<Long> held = new ArrayList<>(sharesMb.size());
        boolean known = measured && told.stream().anyMatch(mb -> mb > 0);
        for (int at = 0; at < sharesMb.size(); at++) {
            long used = told.get(at);
            held.add(known ? used : Math.max(used, sharesMb.get(at)));
        }
        return held;
    }

    /// What it has still to take of a device, beyond what the last reading shows as taken.
    long promisedMb(int at) {
        List<Long> shown = shownMb;
        long taken = shown == null ? 0 : shown.get(at);
        return measured ? 0 : Math.max(0, sharesMb.get(at) - taken);
    }

    /// Takes note of what its node says it holds, beside a reading taken at `readingAt`.
    void uses(ModelInfo entry, long readingAt, long now) {
        List<Long> before = usedMb;
        if (before != null && readingAt > usedAt) {
            shownMb = before;
        }
        Long sum = entry.vramUsedMb();
        List<Long> each = entry.devicesUsedMb();
        if (each != null && each.size() == sharesMb.size()) {
            usedMb = each;
        } else {
            usedMb = sum == null ? null : Parts.of(sum, sharesMb);
        }
        usedAt = now;
    }

    /// How much more than its part one of its devices holds, as its node tells it of each; null
    /// when that or what was meant is not known.
    @Nullable Long unevenMb(ModelInfo entry) {
        List<Long> each = entry.devicesUsedMb();
        List<Double> meant = parts;
        if (each == null || meant == null || each.size() != meant.size()) {
            return null;
        }
        return Parts.beyond(each, meant);
    }

    /// Returns why it must go; null when it is to stay.
    @Nullable UnloadReason leaving() {
        return state.leaving();
    }

    /// Returns whether it leaves so that the model gets room.
    boolean leavesFor(ModelState other) {
        UnloadReason why = leaving();
        return why != null && why.isRoomFor(other.id);
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
                            + model
                            + "' on "
                            + home.name()
                            + " cannot go from "
                            + state
                            + " to "
                            + next
                            + ": "
                            + obstacle);
        }
        state = next;
    }
}

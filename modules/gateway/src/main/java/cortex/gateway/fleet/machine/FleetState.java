package cortex.gateway.fleet.machine;

import cortex.core.catalogue.ModelProfile;
import cortex.gateway.fleet.machine.ReplicaState.Draining;
import cortex.gateway.fleet.machine.ReplicaState.Loaded;
import cortex.gateway.fleet.machine.ReplicaState.Loading;
import cortex.gateway.fleet.machine.ReplicaState.Ready;
import cortex.gateway.fleet.machine.ReplicaState.Suspect;
import cortex.gateway.fleet.machine.ReplicaState.Unloading;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// All that the machine knows, with the few changes that several of its parts make. What is changed
/// here keeps the books in step: a replica stands in the fleet's, its node's and its model's list,
/// or in none.
final class FleetState {
    final FleetMachine.Settings settings;
    final Map<String, NodeState> nodes = new LinkedHashMap<>();
    final Map<Long, Replica> replicas = new LinkedHashMap<>();
    final Map<String, ModelState> models = new HashMap<>();

    /// The open leases by request. Their replica may be gone already.
    final Map<Long, Replica> open = new HashMap<>();

    /// The models for which somebody waits.
    final Map<String, ModelState> waiting = new LinkedHashMap<>();

    /// What the event being handled brings about.
    List<Effect> effects = new ArrayList<>();

    long now;
    boolean changed;
    boolean closing;
    private long lastGeneration;

    FleetState(FleetMachine.Settings settings) {
        this.settings = settings;
        settings.neurons().forEach(n -> nodes.put(n.name(), new NodeState(n.name(), n.endpoint())));
    }

    ModelState model(ModelProfile profile) {
        ModelState model = model(profile.id());
        model.profile = profile;
        return model;
    }

    ModelState model(String id) {
        return models.computeIfAbsent(
                id,
                _ -> {
                    ModelState model = new ModelState(id, settings.maxWaiters());
                    model.profile = settings.catalogue().find(id);
                    return model;
                });
    }

    ModelState modelOf(Replica replica) {
        return Objects.requireNonNull(models.get(replica.model()));
    }

    /// The models for which somebody waits, those with the oldest request first.
    List<ModelState> waitingOldestFirst() {
        return waiting.values().stream()
                .sorted(Comparator.comparingLong(m -> m.queue.oldest()))
                .toList();
    }

    Replica addLoading(Replica.Place place) {
        Replica replica = new Replica(++lastGeneration, place, new Loading(now));
        replicas.put(replica.generation(), replica);
        replica.home.replicas.add(replica);
        ModelState model = model(place.model());
        model.replicas.add(replica);
        ModelProfile profile = model.profile;
        replica.pinned = profile != null && profile.needs().pinnedOn().contains(replica.node());
        touch(replica);
        return replica;
    }

    /// Takes a replica off the books. Its memory may come back only after a while.
    void remove(Replica replica) {
        Long held = replica.heldMb();
        if (held != null) {
            long most = held * 3 / 4;
            List<Long> back =
                    replica.measured
                            ? replica.home.measuredMb(replica.slots()).stream()
                                    .map(free -> free + most)
                                    .toList()
                            : replica.freeBefore.stream().map(free -> free - held / 4).toList();
            replica.home.departures.add(
                    new NodeState.Departure(replica.slots(), held, back, !replica.measured, now));
        }
        replicas.remove(replica.generation());
        replica.home.replicas.remove(replica);
        modelOf(replica).replicas.remove(replica);
        replica.home.removedAt = now;
        touch(replica);
    }

    /// The one place where a replica changes its state.
    void move(Replica replica, ReplicaState next) {
        ReplicaState from = replica.state();
        if (!legal(from, next)) {
            throw new IllegalStateException("replica cannot go from " + from + " to " + next);
        }
        replica.become(next);
        touch(replica);
    }

    /// All legal moves. Only a replica without requests in flight is unloaded.
    private static boolean legal(ReplicaState from, ReplicaState to) {
        return switch (from) {
            case Loading _ -> to instanceof Ready ready && ready.inFlight() == 0;
            case Ready ready -> to instanceof Loaded || ready.inFlight() == 0;
            case Suspect suspect -> to instanceof Loaded || suspect.inFlight() == 0;
            case Draining draining -> to instanceof Loaded || draining.inFlight() == 0;
            case Unloading _ -> to instanceof Ready ready && ready.inFlight() == 0;
        };
    }

    /// One request more or less in flight.
    void count(Replica replica, int by) {
        if (replica.state() instanceof Loaded loaded) {
            int inFlight = loaded.inFlight() + by;
            if (inFlight < 0) {
                throw new IllegalStateException("less than no request in flight: " + loaded);
            }
            replica.become(
                    switch (loaded) {
                        case Ready ready -> new Ready(ready.serving(), inFlight, now);
                        case Suspect s -> new Suspect(s.serving(), inFlight, s.since(), s.reason());
                        case Draining d -> new Draining(d.serving(), inFlight, d.since());
                    });
            if (inFlight == 0 || inFlight == by) {
                replica.home.room = null;
            }
        }
    }

    void touch(Replica replica) {
        replica.home.room = null;
        changed = true;
    }

    void claim(ModelState model, ModelState.@Nullable Claim claim) {
        ModelState.Claim before = model.claim;
        if (before != null) {
            before.node().room = null;
        }
        if (claim != null) {
            claim.node().room = null;
        }
        model.claim = claim;
    }
}

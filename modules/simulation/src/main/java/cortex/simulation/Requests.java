package cortex.simulation;

import cortex.core.catalogue.ModelProfile;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.queue.Networks;
import cortex.simulation.SimulatedNode.Engine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One gateway's requests as its clients see them: each is answered once, may leave while it waits,
/// and holds what it was granted for a while.
final class Requests {
    private static final List<String> CLIENTS = List.of("ann", "10.0.0.1", "ben", "10.0.0.2");
    private static final int PATIENCE_MILLIS = 40_000;
    private static final int HOLD_MILLIS = 4_000;
    private static final int LONG_HOLD_MILLIS = 60_000;

    final Map<Long, Request> live = new TreeMap<>();
    private final World world;
    private final SimulatedGateway gateway;

    /// Who has how many slots.
    final Slots slots;

    private final boolean heavy;
    private long last;
    private long asked;
    private long granted;
    private long cold;
    private long refused;
    private long left;

    Requests(World world, Setting setting, SimulatedGateway gateway) {
        this.world = world;
        this.gateway = gateway;
        this.heavy = setting.heavy;
        this.slots = new Slots(world, setting, gateway);
    }

    /// One request. It waits until it has a generation.
    static final class Request {
        final long id;
        final String model;
        final String client;
        final String network;
        final long askedAt;
        final int weight;

        /// Since when a slot is free that it could have; null while none is.
        @Nullable Long freeSince;

        /// Grants for its model since it came, by network, and in its own by client.
        final Map<String, Integer> overtaken = new HashMap<>();

        @Nullable Long generation;
        @Nullable Engine engine;

        Request(long id, String model, String client, int weight, long askedAt) {
            this.id = id;
            this.model = model;
            this.client = client;
            this.network = "net " + Networks.of(client);
            this.weight = weight;
            this.askedAt = askedAt;
        }
    }

    /// A number no request and no wish had before.
    long nextNumber() {
        return ++last;
    }

    void ask(ModelProfile model, int many) {
        String client = world.oneOf(CLIENTS);
        for (int i = 0; i < many; i++) {
            ask(model, client);
        }
    }

    private void ask(ModelProfile model, String client) {
        int weight = heavy && world.chance(15) ? world.random.nextInt(2, 9) : 1;
        Request request = new Request(nextNumber(), model.id(), client, weight, world.now());
        slots.asked(request);
        asked++;
        live.put(request.id, request);
        long avoid = world.random.nextInt(8) == 0 ? world.random.nextInt(1, 20) : 0;
        var caller = new FleetEvent.Caller(client, world.random.nextInt(6), avoid, weight);
        gateway.on(new FleetEvent.Requested(request.id, model, caller));
        if (request.generation == null && live.containsKey(request.id)) {
            world.after(world.about(PATIENCE_MILLIS), () -> leave(request));
        }
    }

    private void leave(Request request) {
        if (request.generation == null && live.remove(request.id, request)) {
            left++;
            gateway.on(new FleetEvent.Left(request.id));
        } else if (world.fault(20)) {
            gateway.on(new FleetEvent.Left(request.id));
        }
    }

    void granted(Effect.Grant grant) {
        Request request = live.get(grant.request());
        if (request == null || request.generation != null) {
            throw new Violation("granted to nobody, or twice: " + grant);
        }
        granted++;
        cold += grant.cold() ? 1 : 0;
        noteTurn(request);
        slots.granted(request);
        long generation = grant.target().generation();
        request.generation = generation;
        Engine engine = gateway.commands().engine(generation);
        if (engine == null || !engine.model.equals(request.model)) {
            throw new Violation("granted an engine that never was its model's: " + grant);
        }
        request.engine = engine;
        if (engine.alive()) {
            engine.inFlight++;
            int hold = world.fault(20) ? LONG_HOLD_MILLIS : HOLD_MILLIS;
            world.after(world.about(hold), () -> release(request, true));
        } else {
            world.after(world.about(20), () -> release(request, false));
        }
    }

    /// Networks take turns, and so do the clients of one: while a request waits, each other gets
    /// one grant more than its own at most, and those of its own client come in order.
    private void noteTurn(Request served) {
        for (Request other : live.values()) {
            if (other.generation != null || other == served || !other.model.equals(served.model)) {
                continue;
            }
            if (other.client.equals(served.client)) {
                if (other.id < served.id) {
                    throw new Violation("request " + served.id + " overtakes " + other.id);
                }
                continue;
            }
            if (slots.maySitOut(other)) {
                continue;
            }
            boolean neighbour = other.network.equals(served.network);
            String by = neighbour ? served.client : served.network;
            String own = neighbour ? other.client : other.network;
            int turns = other.overtaken.merge(by, 1, Integer::sum);
            if (turns > 1 + other.overtaken.getOrDefault(own, 0)) {
                throw new Violation(
                        served.client + " gets turn " + turns + " while " + other.id + " waits");
            }
        }
        for (Request other : live.values()) {
            if (other.generation == null
                    && other.id > served.id
                    && other.model.equals(served.model)
                    && other.client.equals(served.client)) {
                other.overtaken.merge(served.client, 1, Integer::sum);
            }
            if (other.generation == null
                    && other != served
                    && other.model.equals(served.model)
                    && other.network.equals(served.network)) {
                other.overtaken.merge(served.network, 1, Integer::sum);
            }
        }
    }

    private void release(Request request, boolean counted) {
        Engine engine = request.engine;
        Long generation = request.generation;
        if (live.get(request.id) != request || engine == null || generation == null) {
            return;
        }
        if (counted) {
            engine.inFlight--;
        }
        boolean fails = engine.alive() && world.fault(60);
        if (fails) {
            slots.failed(generation);
            gateway.on(new FleetEvent.EngineFailed(generation, "the engine answers 500"));
        }
        boolean gone = !engine.alive() || world.fault(150);
        if (gone) {
            slots.failed(generation);
            gateway.on(new FleetEvent.EngineGone(generation, "the engine is gone"));
        }
        live.remove(request.id);
        slots.asked(request);
        gateway.on(new FleetEvent.Released(request.id, !fails && !gone));
        if (world.fault(50)) {
            gateway.on(new FleetEvent.Released(request.id));
        }
    }

    void refused(Effect.Refuse refuse) {
        Request request = live.remove(refuse.request());
        if (request == null || request.generation != null) {
            throw new Violation("refused to nobody, or after a grant: " + refuse);
        }
        refused++;
    }

    /// The gateway died: its connections to the engines with it.
    void dieAll() {
        for (Request request : live.values()) {
            Engine engine = request.engine;
            if (engine != null && engine.alive()) {
                engine.inFlight--;
            }
        }
        live.clear();
        slots.dieAll();
    }

    /// Open leases on a generation.
    int open(long generation) {
        int open = 0;
        for (Request request : live.values()) {
            Long held = request.generation;
            open += held != null && held == generation ? 1 : 0;
        }
        return open;
    }

    List<Request> waiting() {
        List<Request> waiting = new ArrayList<>();
        for (Request request : live.values()) {
            if (request.generation == null) {
                waiting.add(request);
            }
        }
        return waiting;
    }

    /// Since when somebody has waited for a model; null when nobody does.
    @Nullable Long waitedForSince(String model) {
        for (Request request : live.values()) {
            if (request.generation == null && request.model.equals(model)) {
                return request.askedAt;
            }
        }
        return null;
    }

    /// What became of all requests, in words.
    String text() {
        return asked
                + " asked, "
                + granted
                + " granted ("
                + cold
                + " cold), "
                + refused
                + " refused, "
                + left
                + " left";
    }

    long granted() {
        return granted;
    }
}

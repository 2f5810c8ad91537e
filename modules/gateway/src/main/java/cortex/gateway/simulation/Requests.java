package cortex.gateway.simulation;

import cortex.core.catalogue.ModelProfile;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.simulation.SimulatedNode.Engine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One gateway's requests as its clients see them: each is answered once, may leave while it waits,
/// and holds what it was granted for a while.
final class Requests {
    private static final int PATIENCE_MILLIS = 40_000;
    private static final int HOLD_MILLIS = 4_000;

    final Map<Long, Request> live = new HashMap<>();
    private final World world;
    private final SimulatedGateway gateway;
    private long last;
    private long granted;
    private long cold;
    private long refused;
    private long left;

    Requests(World world, SimulatedGateway gateway) {
        this.world = world;
        this.gateway = gateway;
    }

    /// One request. It waits until it has a generation.
    static final class Request {
        final long id;
        final String model;
        final long askedAt;
        @Nullable Long generation;
        @Nullable Engine engine;

        Request(long id, String model, long askedAt) {
            this.id = id;
            this.model = model;
            this.askedAt = askedAt;
        }
    }

    void ask(ModelProfile model) {
        Request request = new Request(++last, model.id(), world.now());
        live.put(request.id, request);
        gateway.on(new FleetEvent.Asked(request.id, model, FleetEvent.Asker.ANYBODY));
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
        long generation = grant.target().generation();
        request.generation = generation;
        Engine engine = gateway.commands().engine(generation);
        if (engine == null || !engine.model.equals(request.model)) {
            throw new Violation("granted an engine that never was its model's: " + grant);
        }
        request.engine = engine;
        if (engine.alive()) {
            engine.inFlight++;
            world.after(world.about(HOLD_MILLIS), () -> release(request, true));
        } else {
            world.after(world.about(20), () -> release(request, false));
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
        if (!engine.alive()) {
            gateway.on(new FleetEvent.EngineGone(generation, "the engine is gone"));
        }
        live.remove(request.id);
        gateway.on(new FleetEvent.Released(request.id));
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

    /// What became of all requests, in words.
    String text() {
        return last
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

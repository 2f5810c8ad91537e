package cortex.simulation.replay;

import cortex.core.catalogue.ModelProfile;
import cortex.core.node.ModelStatus;
import cortex.gateway.config.EvictionConfig.Strategy;
import cortex.gateway.config.NodeAddress;
import cortex.gateway.config.RoutingConfig;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.machine.FleetMachine;
import cortex.gateway.placement.eviction.EvictionPolicy;
import cortex.simulation.replay.ReplayNode.Engine;
import java.net.URI;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;

/// One run of a trace: the real machine, polled and ticked as in production, over nodes on which
/// all goes well.
final class Replay {
    static final long START = Duration.ofHours(1).toNanos();
    private static final long POLL = Duration.ofSeconds(2).toNanos();
    private static final long TICK = Duration.ofMillis(250).toNanos();
    private static final long UNLOAD = Duration.ofMillis(700).toNanos();
    private static final int WAITERS = 100_000;

    private final Scene scene;
    private final FleetMachine machine;
    private final Map<String, ReplayNode> nodes = new LinkedHashMap<>();
    private final Map<Long, Engine> engines = new HashMap<>();
    private final Map<Long, Waiting> waiting = new HashMap<>();
    private final PriorityQueue<Planned> agenda =
            new PriorityQueue<>(
                    Comparator.comparingLong(Planned::at).thenComparingLong(Planned::number));
    private final Tally tally;
    private long now = START;
    private long planned;
    private long lastRequest;
    private int open;
    private boolean ticking;

    private record Planned(long at, long number, Runnable what) {}

    private record Waiting(Trace.Arrival arrival, long since) {}

    private Replay(Scene scene, EvictionPolicy policy, String name) {
        this.scene = scene;
        this.tally = new Tally(name);
        List<String> harnesses =
                scene.catalogue().profiles().stream()
                        .map(profile -> profile.engine().harness())
                        .distinct()
                        .toList();
        for (ReplayFleet.Node node : scene.fleet().nodes()) {
            nodes.put(node.name(), new ReplayNode(node, harnesses));
        }
        List<NodeAddress> addresses =
                nodes.keySet().stream()
                        .map(node -> new NodeAddress(node, URI.create("http://" + node)))
                        .toList();
        Scene.Rules rules = scene.rules();
        machine =
                new FleetMachine(
                        new FleetMachine.Settings(
                                addresses,
                                scene.catalogue(),
                                3,
                                Duration.ZERO,
                                WAITERS,
                                new FleetMachine.Policy(
                                        rules.placement(), rules.eviction(), RoutingConfig.USUAL)),
                        policy);
    }

    /// Replays under a configured strategy.
    static Outcome run(Scene scene, Strategy strategy) {
        String name = strategy.name().toLowerCase(Locale.ROOT);
        return new Replay(scene, EvictionPolicy.of(strategy), name).go();
    }

    /// Replays under a rule that knows the future.
    static Outcome run(Scene scene, Clairvoyant.Weight weight) {
        return new Replay(scene, new Clairvoyant(scene.trace(), START, weight), "clairvoyant").go();
    }

    private Outcome go() {
        for (ReplayNode node : nodes.values()) {
            poll(node);
        }
        List<Trace.Arrival> arrivals = scene.trace().arrivals();
        for (Trace.Arrival arrival : arrivals) {
            plan(START + (long) (arrival.at() * 1e9) + 1, () -> ask(arrival, now));
        }
        open = arrivals.size();
        while (open > 0) {
            Planned next = Objects.requireNonNull(agenda.poll());
            tally.pass(nodes.values(), next.at - now);
            now = next.at;
            next.what.run();
        }
        return tally.outcome();
    }

    private void plan(long at, Runnable what) {
        agenda.add(new Planned(at, planned++, what));
    }

    private void poll(ReplayNode node) {
        report(node);
        if (!ticking) {
            on(new FleetEvent.Tick());
        }
        plan(now + POLL, () -> poll(node));
    }

    private void report(ReplayNode node) {
        on(
                new FleetEvent.NodeReported(
                        node.node.name(), now, node.discovery(), node.health(), node.models()));
    }

    /// While nobody waits the fleet is ticked with the polls only, which is what takes the time.
    private void tick() {
        ticking = !waiting.isEmpty();
        on(new FleetEvent.Tick());
        if (ticking) {
            plan(now + TICK, this::tick);
        }
    }

    private void ask(Trace.Arrival arrival, long since) {
        long request = ++lastRequest;
        waiting.put(request, new Waiting(arrival, since));
        ModelProfile model = Objects.requireNonNull(scene.catalogue().find(arrival.model()));
        on(new FleetEvent.Requested(request, model, FleetEvent.Caller.ANYBODY));
        if (waiting.containsKey(request)) {
            if (!ticking) {
                ticking = true;
                plan(now + TICK, this::tick);
            }
            plan(since + scene.rules().patience().toNanos(), () -> giveUp(request));
        }
    }

    private void giveUp(long request) {
        if (waiting.remove(request) != null) {
            tally.refused();
            open--;
            on(new FleetEvent.Left(request));
        }
    }

    private void on(FleetEvent event) {
        machine.on(event, now).effects().forEach(this::carryOut);
    }

    private void carryOut(Effect effect) {
        switch (effect) {
            case Effect.Grant grant -> granted(grant);
            case Effect.Refuse refuse -> refused(refuse);
            case Effect.StartLoad load -> load(load);
            case Effect.StartUnload unload -> unload(unload);
            case Effect.Adopt _, Effect.RestartHarness _, Effect.Outcome _ ->
                    throw new IllegalStateException("nobody asked for this: " + effect);
            case Effect.Remember _, Effect.KeepWishes _ -> {}
            case Effect.PollNow poll -> report(node(poll.node()));
        }
    }

    private ReplayNode node(String name) {
        return Objects.requireNonNull(nodes.get(name));
    }

    private void granted(Effect.Grant grant) {
        Waiting asked = Objects.requireNonNull(waiting.remove(grant.request()));
        Engine engine = Objects.requireNonNull(engines.get(grant.target().generation()));
        tally.granted((now - asked.since) / 1e9, grant.cold());
        engine.inFlight++;
        plan(
                now + (long) (asked.arrival.secs() * 1e9),
                () -> {
                    engine.inFlight--;
                    open--;
                    on(new FleetEvent.Released(grant.request()));
                });
    }

    /// A client that is refused comes back when it was told to, until it has no more patience.
    private void refused(Effect.Refuse refuse) {
        Waiting asked = Objects.requireNonNull(waiting.remove(refuse.request()));
        Duration after = refuse.failure().retryAfter();
        long again = after == null ? Long.MAX_VALUE : now + after.toNanos();
        if (again - asked.since > scene.rules().patience().toNanos()) {
            tally.refused();
            open--;
        } else {
            plan(again, () -> ask(asked.arrival, asked.since));
        }
    }

    private void load(Effect.StartLoad load) {
        ReplayNode node = node(load.node());
        long mb =
                Objects.requireNonNull(
                        Objects.requireNonNull(scene.catalogue().find(load.request().modelId()))
                                .needs()
                                .vramMb());
        Engine engine = node.load(load.request(), mb);
        engines.put(load.generation(), engine);
        tally.loaded(engine.loadSecs);
        plan(
                now + (long) (engine.loadSecs * 1e9),
                () -> {
                    engine.status = ModelStatus.LOADED;
                    URI at = URI.create("http://" + load.node() + "/" + engine.replica);
                    on(
                            new FleetEvent.LoadDone(
                                    load.generation(),
                                    at,
                                    load.request().modelId(),
                                    ReplayNode.info(engine)));
                });
    }

    private void unload(Effect.StartUnload unload) {
        ReplayNode node = node(unload.node());
        Engine engine = Objects.requireNonNull(node.engine(unload.replica()));
        if (engine.inFlight > 0) {
            throw new IllegalStateException("a busy engine is unloaded: " + unload);
        }
        engine.status = ModelStatus.UNLOADING;
        tally.evicted();
        plan(
                now + UNLOAD,
                () -> {
                    node.gone(engine);
                    engines.remove(unload.generation());
                    on(new FleetEvent.UnloadDone(unload.generation()));
                    report(node);
                });
    }
}

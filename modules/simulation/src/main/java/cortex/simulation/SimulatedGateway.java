package cortex.simulation;

import cortex.core.catalogue.ModelProfile;
import cortex.core.files.ModelFiles;
import cortex.core.node.Discovery;
import cortex.core.node.ModelInfo;
import cortex.core.node.NodeHealth;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.machine.FleetEvent.Kept;
import cortex.gateway.fleet.machine.FleetMachine;
import cortex.gateway.fleet.view.FleetView;
import cortex.simulation.SimulatedNode.Engine;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The real machine with simulated hands: polls the nodes, carries commands out over a network that
/// delays, loses and repeats, and keeps its own books of requests to hold the machine's against.
/// Restarting it forgets everything but what it had kept.
final class SimulatedGateway {
    private static final long POLL_TIMEOUT = 2_000;

    final String name;

    /// Whether it has the nodes to itself; two may both see the same free memory.
    final boolean alone;

    final Requests requests;
    final Operators operators;
    private final World world;
    private final Setting setting;
    private Invariants invariants;
    private final Map<String, Boolean> polling = new LinkedHashMap<>();

    /// Engines begun by a command of an earlier life, which came late.
    final Set<Engine> strays = new HashSet<>();

    private final Map<String, long[]> seen = new HashMap<>();
    private final Map<String, Long> toldAt = new HashMap<>();
    private FleetMachine machine;
    private SimulatedCommands commands;
    private Kept kept = Kept.NOTHING;
    private int life;
    private long events;

    SimulatedGateway(World world, Setting setting, String name, boolean alone) {
        this.world = world;
        this.setting = setting;
        this.name = name;
        this.machine = new FleetMachine(setting.settings());
        this.requests = new Requests(world, setting, this);
        this.operators = new Operators(world, setting, this);
        this.alone = alone;
        this.invariants = new Invariants(world, setting, this);
        this.commands = new SimulatedCommands(world, setting, this);
    }

    /// Begins to poll; also after a restart.
    void start() {
        polling.clear();
        for (SimulatedNode node : setting.nodes) {
            int born = life;
            world.after(world.millis(0, 1000), () -> keepPolling(node, born));
        }
        tick(life);
    }

    /// The process dies and comes back with nothing in its head but what it had kept: what models
    /// take, and what operators want. Its clients' requests die with it.
    void restart() {
        world.log(() -> name + " RESTARTS");
        life++;
        requests.dieAll();
        operators.recall(kept.wishes());
        machine = new FleetMachine(setting.settings());
        machine.recall(kept);
        invariants = new Invariants(world, setting, this);
        commands = new SimulatedCommands(world, setting, this);
        start();
    }

    int life() {
        return life;
    }

    /// Returns what the machine knows now.
    FleetView fleet() {
        return machine.view();
    }

    SimulatedCommands commands() {
        return commands;
    }

    long events() {
        return events;
    }

    /// Feeds an event to the machine, checks everything, carries out what it wants.
    void on(FleetEvent event) {
        events += event instanceof FleetEvent.Tick ? 0 : 1;
        invariants.note(event);
        List<Effect> effects;
        try {
            effects = machine.on(event, world.now()).effects();
        } catch (RuntimeException e) {
            throw new Violation("the machine fails at " + event + ": " + e);
        }
        if (!(event instanceof FleetEvent.Tick && effects.isEmpty())) {
            world.log(() -> name + " " + Words.of(event, effects));
        }
        for (Effect effect : effects) {
            invariants.checkEffect(effect);
            switch (effect) {
                case Effect.Grant grant -> requests.granted(grant);
                case Effect.Refuse refuse -> requests.refused(refuse);
                case Effect.PollNow now -> pollNow(now.node());
                case Effect.StartLoad load -> commands.load(load);
                case Effect.Adopt adopt -> commands.adopt(adopt);
                case Effect.StartUnload unload -> commands.unload(unload);
                case Effect.RestartHarness restart -> commands.restart(restart);
                case Effect.Remember _, Effect.KeepWishes _ -> kept = machine.kept();
                case Effect.Outcome outcome -> operators.answered(outcome);
            }
        }
        invariants.checkState(event);
    }

    /// Delivers an answer to a command, to the life that gave it only; at times once more, later.
    void answer(int born, long delay, FleetEvent event) {
        world.after(delay, () -> deliver(born, event));
        if (world.fault(40)) {
            world.after(delay + world.about(3_000), () -> deliver(born, event));
        }
    }

    private void deliver(int born, FleetEvent event) {
        if (born == life) {
            on(event);
        }
    }

    void ask(ModelProfile model, int many) {
        requests.ask(model, many);
    }

    /// What others held of a node's devices when it reported last.
    long[] seen(SimulatedNode node) {
        return seen.getOrDefault(node.name, node.foreignInReading());
    }

    /// Whether the gateway can know of an engine: it is of this life, or was begun before the node
    /// told last what it has.
    boolean mayKnow(SimulatedNode node, Engine engine) {
        return !strays.contains(engine) || engine.startedAt <= toldAt.getOrDefault(node.name, 0L);
    }

    void checkEnd() {
        invariants.checkEnd();
    }

    private void tick(int born) {
        if (born == life) {
            on(new FleetEvent.Tick());
            world.after(world.millis(250, 260), () -> tick(born));
        }
    }

    private void keepPolling(SimulatedNode node, int born) {
        if (born == life) {
            poll(
                    node,
                    born,
                    () -> world.after(world.millis(900, 1100), () -> keepPolling(node, born)));
        }
    }

    private void pollNow(String nodeName) {
        setting.nodes.stream()
                .filter(n -> n.name.equals(nodeName))
                .forEach(n -> poll(n, life, () -> {}));
    }

    private void poll(SimulatedNode node, int born, Runnable then) {
        if (Boolean.TRUE.equals(polling.put(node.name, true))) {
            then.run();
            return;
        }
        long askedAt = world.now();
        Runnable missed =
                () -> end(node, born, new FleetEvent.NodeMissed(node.name, "no answer"), then);
        world.after(
                world.about(5),
                () -> {
                    if (!node.reachable || world.fault(60)) {
                        world.after(world.millis(1, (int) POLL_TIMEOUT), missed);
                        return;
                    }
                    Discovery discovery = node.discovery();
                    NodeHealth health = node.health();
                    List<ModelInfo> models = node.models();
                    Map<String, ModelFiles> files = setting.files.told(node.name);
                    long[] foreign = node.foreignInReading();
                    long now = world.now();
                    var report =
                            new FleetEvent.NodeReported(
                                    node.name, askedAt, discovery, health, models, files);
                    long late = world.fault(30) ? world.millis(500, 1900) : world.about(5);
                    world.after(
                            late,
                            () -> {
                                seen.put(node.name, foreign);
                                toldAt.put(node.name, now);
                                end(node, born, report, then);
                            });
                });
    }

    private void end(SimulatedNode node, int born, FleetEvent event, Runnable then) {
        if (born == life) {
            polling.put(node.name, false);
            on(event);
            then.run();
        }
    }
}

package cortex.simulation;

import cortex.core.node.FailureCause;
import cortex.core.node.FailureCause.Kind;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.machine.FleetEvent.HarnessNotRestarted;
import cortex.gateway.fleet.machine.FleetEvent.HarnessRestarted;
import cortex.gateway.fleet.machine.FleetEvent.LoadDone;
import cortex.gateway.fleet.machine.FleetEvent.LoadFailed;
import cortex.gateway.fleet.machine.FleetEvent.LoadRefused;
import cortex.gateway.fleet.machine.FleetEvent.UnloadDone;
import cortex.gateway.fleet.machine.FleetEvent.UnloadFailed;
import cortex.gateway.fleet.rules.Rest;
import cortex.simulation.SimulatedNode.Engine;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Carries one life's commands to the nodes and back, as the real NodeCommands do: a load is sent,
/// then watched; an unload ends when the engine is gone; what is lost is given up after a time.
final class SimulatedCommands {
    private static final int GIVE_UP_MILLIS = 30_000;
    private static final int SILENCE_MILLIS = 60_000;

    /// Loads that were sent and have not arrived.
    final List<Effect.StartLoad> onTheWay = new ArrayList<>();

    private final Map<Long, Engine> engines = new HashMap<>();
    private final World world;
    private final Setting setting;
    private final SimulatedGateway gateway;
    private final int born;

    SimulatedCommands(World world, Setting setting, SimulatedGateway gateway) {
        this.world = world;
        this.setting = setting;
        this.gateway = gateway;
        this.born = gateway.life();
    }

    SimulatedNode node(String name) {
        return setting.nodes.stream().filter(n -> n.name.equals(name)).findFirst().orElseThrow();
    }

    /// The engine a generation runs on, once its load is done.
    @Nullable Engine engine(long generation) {
        return engines.get(generation);
    }

    private boolean lost() {
        return world.fault(40);
    }

    void load(Effect.StartLoad command) {
        SimulatedNode node = node(command.node());
        long generation = command.generation();
        onTheWay.add(command);
        world.after(
                world.fault(20) ? world.about(2_000) : world.about(5),
                () -> {
                    onTheWay.remove(command);
                    if (!node.reachable || node.ends() || lost()) {
                        answer(
                                world.millis(1, GIVE_UP_MILLIS),
                                new LoadFailed(generation, "no answer", false));
                        return;
                    }
                    Rest rest = node.rest(command.request().modelId());
                    if (rest != null) {
                        answer(world.about(5), new LoadRefused(generation, rest));
                        return;
                    }
                    Engine engine = node.load(start(command));
                    if (engine != null && born != gateway.life()) {
                        gateway.strays.add(engine);
                    }
                    if (engine == null) {
                        answer(
                                world.about(5),
                                new LoadFailed(generation, "it is being unloaded", true));
                    } else if (lost()) {
                        answer(
                                world.millis(1, GIVE_UP_MILLIS),
                                new LoadFailed(generation, "no answer", false));
                    } else {
                        watch(new Watched(node, generation, engine.replica), world.now());
                    }
                });
    }

    private SimulatedNode.Start start(Effect.StartLoad command) {
        long mb = Objects.requireNonNull(setting.trueMb.get(command.request().modelId()));
        boolean stuck = world.fault(40);
        boolean fails = world.fault(12);
        FailureCause wrong = setting.wrong(command.request().modelId(), command.node());
        Kind now = command.generation() % 2 == 0 ? Kind.OUT_OF_MEMORY : Kind.OTHER;
        return new SimulatedNode.Start(
                command.request(),
                mb,
                setting.slots(command.request().modelId()),
                stuck ? Long.MAX_VALUE / 4 : world.about(8_000),
                wrong != null ? wrong : fails ? FailureCause.of(now) : null);
    }

    void adopt(Effect.Adopt command) {
        watch(
                new Watched(node(command.node()), command.generation(), command.replica()),
                world.now());
    }

    private record Watched(SimulatedNode node, long generation, String replica) {}

    private void watch(Watched watched, long progressAt) {
        if (gateway.life() != born) {
            return;
        }
        SimulatedNode node = watched.node;
        Engine engine = node.engine(watched.replica);
        if (node.reachable) {
            FleetEvent end = end(watched, engine);
            if (end != null) {
                answer(world.about(5), end);
                return;
            }
        }
        if (world.now() - progressAt > SILENCE_MILLIS * 1_000_000L) {
            giveUp(watched, engine);
            return;
        }
        world.after(world.millis(200, 1000), () -> watch(watched, progressAt));
    }

    private @Nullable FleetEvent end(Watched watched, @Nullable Engine engine) {
        long generation = watched.generation;
        if (engine == null) {
            return new LoadFailed(generation, "the node no longer knows of it", false);
        }
        return switch (engine.status) {
            case LOADING -> null;
            case LOADED -> {
                engines.put(generation, engine);
                ModelInfo info = watched.node.info(engine);
                URI endpoint = URI.create("http://" + watched.node.name + "/" + engine.replica);
                yield new LoadDone(generation, endpoint, engine.model, info);
            }
            case UNLOADING, UNLOADED -> new LoadFailed(generation, "it was unloaded", false);
            case FAILED ->
                    new LoadFailed(
                            generation,
                            "it failed",
                            true,
                            Objects.requireNonNullElse(engine.fault, FailureCause.UNKNOWN));
        };
    }

    private void giveUp(Watched watched, @Nullable Engine engine) {
        boolean reached = watched.node.reachable && !lost();
        if (reached && engine != null) {
            watched.node.end(engine, false);
        }
        answer(world.millis(10, 1000), new LoadFailed(watched.generation, "no progress", reached));
    }

    void unload(Effect.StartUnload command) {
        SimulatedNode node = node(command.node());
        long generation = command.generation();
        world.after(
                world.about(5),
                () -> {
                    Engine engine = node.engine(command.replica());
                    if (!node.reachable || lost()) {
                        noAnswer(generation);
                    } else if (engine == null || !engine.alive()) {
                        answer(world.about(5), new UnloadDone(generation));
                    } else if (engine.inFlight > 0) {
                        answer(world.about(5), new UnloadFailed(generation, "busy", true));
                    } else {
                        unload(node, engine, generation);
                    }
                });
    }

    private void unload(SimulatedNode node, Engine engine, long generation) {
        if (engine.inFlight > 0) {
            throw new Violation("an engine is stopped under " + engine.inFlight + " requests");
        }
        engine.status = ModelStatus.UNLOADING;
        world.after(
                world.fault(15) ? world.about(15_000) : world.about(500),
                () -> {
                    node.end(engine, world.fault(25));
                    if (!node.reachable || lost()) {
                        noAnswer(generation);
                    } else {
                        answer(world.about(5), new UnloadDone(generation));
                    }
                });
    }

    void restart(Effect.RestartHarness command) {
        SimulatedNode node = node(command.node());
        String harness = command.harness();
        long generation = command.generation();
        world.after(
                world.about(5),
                () -> {
                    if (!node.reachable || lost()) {
                        boolean never = !node.reachable && world.chance(50);
                        notRestarted(command, world.millis(1, GIVE_UP_MILLIS), never);
                    } else if (!node.stopping(harness)) {
                        notRestarted(command, world.about(5), true);
                    } else {
                        world.after(
                                world.about(3_000),
                                () -> {
                                    node.restarted(harness);
                                    if (!node.reachable || lost()) {
                                        notRestarted(
                                                command, world.millis(1, GIVE_UP_MILLIS), false);
                                    } else {
                                        answer(
                                                world.about(5),
                                                new HarnessRestarted(node.name, generation));
                                    }
                                });
                    }
                });
    }

    private void notRestarted(Effect.RestartHarness command, long delay, boolean certain) {
        answer(
                delay,
                new HarnessNotRestarted(
                        command.node(), command.generation(), "no answer", certain));
    }

    private void noAnswer(long generation) {
        answer(world.millis(1, GIVE_UP_MILLIS), new UnloadFailed(generation, "no answer", false));
    }

    private void answer(long delay, FleetEvent event) {
        gateway.answer(born, delay, event);
    }
}

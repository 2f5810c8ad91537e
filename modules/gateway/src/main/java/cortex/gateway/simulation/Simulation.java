package cortex.gateway.simulation;

import cortex.core.catalogue.ModelProfile;
import cortex.core.node.ModelStatus;
import cortex.gateway.simulation.SimulatedNode.Engine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One simulated run of a fleet, given by its seed: some minutes of requests and faults, then calm
/// until everything must have settled.
public final class Simulation {
    private static final long CALM = Duration.ofMinutes(10).toNanos();

    private final World world;
    private final Setting setting;
    private final List<SimulatedGateway> gateways = new ArrayList<>();
    private final int pace;

    /// What came of a run. `violation` is null when every invariant held; `log` are the last events
    /// when they were asked for.
    public record Result(
            long seed, long events, @Nullable String violation, String text, List<String> log) {
        public Result {
            log = List.copyOf(log);
        }
    }

    private Simulation(long seed, boolean logging) {
        world = new World(seed, logging);
        setting = new Setting(world);
        boolean two = world.chance(15);
        gateways.add(new SimulatedGateway(world, setting, "cortex", !two));
        if (two) {
            gateways.add(new SimulatedGateway(world, setting, "cortex2", false));
        }
        pace = world.random.nextInt(100, 3_000);
    }

    /// Runs `seed` for at least `events` events of the machine, and then until calm. `logging`
    /// keeps the last events in words.
    public static Result run(long seed, int events, boolean logging) {
        Simulation simulation = new Simulation(seed, logging);
        String violation = null;
        try {
            simulation.go(events);
        } catch (Violation e) {
            violation = e.getMessage();
        }
        String text = String.join("; ", simulation.texts());
        List<String> log = simulation.world.lines();
        return new Result(seed, simulation.events(), violation, text, log);
    }

    private List<String> texts() {
        return gateways.stream().map(g -> g.name + ": " + g.requests.text()).toList();
    }

    private long events() {
        return gateways.stream().mapToLong(SimulatedGateway::events).sum();
    }

    private void go(int events) {
        setting.nodes.forEach(SimulatedNode::keepMeasuring);
        gateways.forEach(SimulatedGateway::start);
        gateways.forEach(this::keepAsking);
        keepBreaking();
        while (events() < events) {
            world.step();
        }
        world.calm();
        setting.nodes.forEach(this::repair);
        long end = world.now() + CALM;
        while (world.now() < end) {
            world.step();
        }
        gateways.forEach(gateway -> new Invariants(setting, gateway, false).checkEnd());
    }

    private void keepAsking(SimulatedGateway gateway) {
        if (world.faults()) {
            int popular = Math.min(world.random.nextInt(1, 9), setting.models.size());
            ModelProfile model = setting.models.get(world.random.nextInt(popular));
            int burst = world.chance(10) ? world.random.nextInt(1, 12) : 1;
            for (int i = 0; i < burst; i++) {
                gateway.ask(model);
            }
            world.after(world.about(pace), () -> keepAsking(gateway));
        }
    }

    private void keepBreaking() {
        if (world.faults()) {
            breakSomething();
            world.after(world.about(12_000), this::keepBreaking);
        }
    }

    private void breakSomething() {
        SimulatedNode node = world.oneOf(setting.nodes);
        switch (world.random.nextInt(7)) {
            case 0 -> away(node, world.about(6_000), false);
            case 1 -> away(node, world.about(10_000), true);
            case 2 -> {
                if (!node.engines.isEmpty()) {
                    Engine engine = world.oneOf(node.engines);
                    world.log(() -> node.name + " " + engine.model + " DIES");
                    node.kill(engine);
                }
            }
            case 3 -> {
                long takes = world.chance(50) ? 0 : world.random.nextLong(1_000, 12_000);
                int device = world.random.nextInt(node.devices.size() + 1) - 1;
                world.log(() -> node.name + " device " + device + " FOREIGN " + takes);
                node.foreign(device, takes);
            }
            case 4 -> {
                for (int i = 0; i < 6; i++) {
                    world.after(world.about(5_000), () -> away(node, world.about(1_500), false));
                }
            }
            case 5 -> {
                if (world.chance(30)) {
                    world.oneOf(gateways).restart();
                }
            }
            default -> {
                if (world.chance(30)) {
                    world.log(() -> "CLOCK jumps");
                    world.jump(world.about(20_000));
                }
            }
        }
    }

    private void away(SimulatedNode node, long nanos, boolean rebooted) {
        if (world.faults()) {
            world.log(() -> node.name + (rebooted ? " REBOOTS" : " IS AWAY"));
            node.reachable = false;
            if (rebooted) {
                node.reboot();
            }
            world.after(
                    nanos,
                    () -> {
                        world.log(() -> node.name + " is back");
                        node.reachable = true;
                    });
        }
    }

    private void repair(SimulatedNode node) {
        node.reachable = true;
        for (int device = -1; device < node.devices.size(); device++) {
            node.foreign(device, 0);
        }
        node.engines.stream()
                .filter(e -> e.status == ModelStatus.LOADING)
                .filter(e -> e.readyAt > world.now() + CALM)
                .toList()
                .forEach(node::kill);
    }
}

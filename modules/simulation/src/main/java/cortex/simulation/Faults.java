package cortex.simulation;

import cortex.core.node.ModelStatus;
import cortex.simulation.SimulatedNode.Engine;
import java.time.Duration;
import java.util.List;

/// What goes wrong in a simulated world beside the network: nodes that go away, come back empty or
/// flap, engines that die, memory that others take, gateways that start anew, clocks that jump.
final class Faults {
    /// How many seconds a neuron may say that its restart takes.
    private static final List<Long> TOLD = List.of(2L, 8L, 20L, 60L);

    private final World world;
    private final Setting setting;
    private final List<SimulatedGateway> gateways;

    Faults(World world, Setting setting, List<SimulatedGateway> gateways) {
        this.world = world;
        this.setting = setting;
        this.gateways = gateways;
    }

    void keepBreaking() {
        if (world.faults()) {
            breakSomething();
            world.after(world.about(12_000), this::keepBreaking);
        }
    }

    /// In half of the worlds neurons are restarted by hand, by a chance of their own: the others go
    /// on as they would without.
    void keepRestarting() {
        if (world.faults() && world.hands.nextBoolean()) {
            restart(setting.nodes.get(world.hands.nextInt(setting.nodes.size())));
        }
        if (world.faults()) {
            world.after(world.hands.nextLong(2_000, 30_000) * 1_000_000L, this::keepRestarting);
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
                if (node.starts % 3 == 0) {
                    setting.mend(node);
                }
            }
            world.after(
                    nanos,
                    () -> {
                        world.log(() -> node.name + " is back");
                        node.reachable = true;
                    });
        }
    }

    /// The neuron ends, keeps its engines, and says before when it is back: then, or later, or it
    /// comes back with nothing.
    private void restart(SimulatedNode node) {
        if (!node.reachable || node.ends()) {
            return;
        }
        long announced = world.hands.nextLong(500, 2_500) * 1_000_000L;
        long told = TOLD.get(world.hands.nextInt(TOLD.size())) * 1_000_000_000L;
        int how = world.hands.nextInt(10);
        long late = how < 7 ? 0 : world.hands.nextLong(10_000) * 1_000_000L;
        long takes = how < 7 ? world.hands.nextLong(told) : told + late;
        world.log(() -> node.name + " ENDS, back in " + told / 1_000_000 + " ms");
        node.announce(world.now() + announced + told);
        world.after(
                announced,
                () -> {
                    if (node.ends()) {
                        world.log(() -> node.name + " has ended");
                        node.reachable = false;
                        world.after(takes, () -> comesBack(node, how == 9));
                    }
                });
    }

    private void comesBack(SimulatedNode node, boolean empty) {
        if (!node.ends()) {
            return;
        }
        world.log(() -> node.name + " is back" + (empty ? " with nothing" : ""));
        if (empty) {
            node.reboot();
        } else {
            node.takesOver();
        }
        node.reachable = true;
    }

    /// All nodes are there and nobody else uses them; what would load for longer than the calm
    /// lasts is ended.
    void repairAll(Duration calm) {
        for (SimulatedNode node : setting.nodes) {
            node.reachable = true;
            if (node.ends()) {
                node.takesOver();
            }
            for (int device = -1; device < node.devices.size(); device++) {
                node.foreign(device, 0);
            }
            node.engines.stream()
                    .filter(e -> e.status == ModelStatus.LOADING)
                    .filter(e -> e.readyAt > world.now() + calm.toNanos())
                    .toList()
                    .forEach(node::kill);
        }
    }
}

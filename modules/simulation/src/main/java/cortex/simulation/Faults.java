package cortex.simulation;

import cortex.core.node.ModelStatus;
import cortex.simulation.SimulatedNode.Engine;
import java.time.Duration;
import java.util.List;

/// What goes wrong in a simulated world beside the network: nodes that go away, come back empty or
/// flap, engines that die, memory that others take, gateways that start anew, clocks that jump.
final class Faults {
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

    /// All nodes are there and nobody else uses them; what would load for longer than the calm
    /// lasts is ended.
    void repairAll(Duration calm) {
        for (SimulatedNode node : setting.nodes) {
            node.reachable = true;
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

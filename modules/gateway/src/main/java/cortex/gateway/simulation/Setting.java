package cortex.gateway.simulation;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelProfile.Needs;
import cortex.core.node.DeviceInfo;
import cortex.core.node.EngineOptions;
import cortex.gateway.GatewayConfig.NodeAddress;
import cortex.gateway.fleet.machine.FleetMachine;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A fleet and its models, drawn by chance: how many nodes with what cards, which models, and what
/// they really take.
final class Setting {
    private static final List<Long> CARDS = List.of(8_000L, 12_000L, 24_000L, 24_000L, 48_000L);
    private static final int MAX_WAITERS = 6;
    private static final int MISSES = 3;

    final List<SimulatedNode> nodes = new ArrayList<>();
    final List<ModelProfile> models = new ArrayList<>();
    final Map<String, Long> trueMb = new HashMap<>();
    private final World world;

    Setting(World world) {
        this.world = world;
        int count = world.random.nextInt(1, 5);
        for (int i = 0; i < count; i++) {
            nodes.add(node("node" + i));
        }
        int many = world.random.nextInt(2, 9);
        for (int i = 0; i < many; i++) {
            addModel("model" + i);
        }
    }

    private SimulatedNode node(String name) {
        List<DeviceInfo> devices = new ArrayList<>();
        int count = world.random.nextInt(0, 4);
        long card = world.oneOf(CARDS);
        for (int i = 0; i < count; i++) {
            card = world.chance(70) ? card : world.oneOf(CARDS);
            devices.add(new DeviceInfo(i, "card " + card, null, card, "8.9"));
        }
        return new SimulatedNode(world, name, devices, 32_000);
    }

    private void addModel(String id) {
        boolean cpu = world.chance(20);
        int devices = cpu ? 0 : world.chance(80) ? 1 : 2;
        long mb = cpu ? world.random.nextLong(100, 9_000) : world.random.nextLong(2_000, 26_000);
        boolean told = world.chance(90);
        List<String> pinned =
                world.chance(10) ? List.of(world.oneOf(nodes).name) : List.<String>of();
        trueMb.put(id, mb);
        models.add(
                new ModelProfile(
                        id,
                        List.of(),
                        SimulatedNode.HARNESSES.getFirst(),
                        null,
                        new Needs(told ? (Long) mb : null, devices, null, null, pinned),
                        ModelProfile.Residency.DEFAULT,
                        EngineOptions.NONE));
    }

    FleetMachine.Settings settings() {
        List<NodeAddress> addresses =
                nodes.stream()
                        .map(n -> new NodeAddress(n.name, URI.create("http://" + n.name)))
                        .toList();
        return new FleetMachine.Settings(
                addresses, new Catalogue(models), MISSES, MAX_WAITERS, FleetMachine.Policy.PLAIN);
    }

    /// The most requests that may wait for one model.
    static int maxWaiters() {
        return MAX_WAITERS;
    }
}

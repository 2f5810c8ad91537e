package cortex.simulation;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ComputeCapability;
import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelProfile.Needs;
import cortex.core.catalogue.ModelProfile.Residency;
import cortex.core.node.DeviceInfo;
import cortex.core.node.DeviceMemory;
import cortex.core.node.EngineOptions;
import cortex.core.node.FailureCause;
import cortex.core.node.FailureCause.Kind;
import cortex.gateway.config.EvictionConfig;
import cortex.gateway.config.EvictionConfig.Strategy;
import cortex.gateway.config.NodeAddress;
import cortex.gateway.config.PlacementConfig;
import cortex.gateway.config.RoutingConfig;
import cortex.gateway.fleet.machine.FleetMachine;
import cortex.simulation.files.SimulatedFiles;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// A fleet and its models, drawn by chance: how many nodes with what cards, which models of which
/// class, what they really take (which some of the catalogue's figures exaggerate), and by what
/// rules the fleet is run. On some fleets files are missing on some nodes, which may tell that. One
/// in six is a duel: two to four models on one card that holds one of them at a time.
final class Setting {
    private static final List<Long> CARDS = List.of(8_000L, 12_000L, 24_000L, 24_000L, 48_000L);
    private static final List<Integer> SLOTS = List.of(0, 1, 1, 2, 4);
    private static final int MAX_WAITERS = 12;
    private static final long RARE = 0x6e6f646573L;

    /// Polls missed in a row by which a node is lost.
    static final int MISSES = 3;

    final List<SimulatedNode> nodes = new ArrayList<>();
    final List<ModelProfile> models = new ArrayList<>();
    final Map<String, Long> trueMb = new HashMap<>();
    final FleetMachine.Policy policy;
    final boolean duel;

    /// Whether some requests ask for several answers.
    final boolean heavy;

    /// How long a node that does not answer is waited for.
    final Duration nodeGrace;

    /// How long a node that says that it restarts is waited for at most.
    final Duration maxRestart;

    /// How many requests a model's engine does at once; null when it does not tell.
    private final Map<String, @Nullable Integer> slots = new HashMap<>();

    /// The models that fail to load on a node for a reason that lasts, by node.
    private final Map<String, Set<String>> wrong = new HashMap<>();

    /// Which files are where.
    final SimulatedFiles files;

    private final World world;

    /// A source of chance of its own, for what only some fleets have.
    private final SplittableRandom rare;

    /// Whether some models are kept to one node.
    private final boolean kept;

    Setting(World world) {
        this.world = world;
        rare = new SplittableRandom(world.seed() ^ RARE);
        kept = rare.nextInt(4) == 0;
        duel = world.chance(17);
        policy = policy();
        heavy = world.chance(40);
        nodeGrace = Duration.ofSeconds(world.oneOf(List.of(0, 4, 15)));
        maxRestart = Duration.ofSeconds(List.of(0, 10, 120).get(world.hands.nextInt(3)));
        int count = duel ? 1 : world.random.nextInt(1, 5);
        for (int i = 0; i < count; i++) {
            nodes.add(node("node" + i));
        }
        int many = duel ? world.random.nextInt(2, 5) : world.random.nextInt(2, 9);
        for (int i = 0; i < many; i++) {
            addModel("model" + i);
        }
        files =
                new SimulatedFiles(
                        world.seed(),
                        nodes.stream().map(node -> node.name).toList(),
                        models.stream().map(ModelProfile::id).toList());
        if (!duel && world.chance(30)) {
            for (SimulatedNode node : nodes) {
                Set<String> here = new HashSet<>();
                models.stream().filter(_ -> world.chance(40)).forEach(m -> here.add(m.id()));
                wrong.put(node.name, here);
            }
        }
    }

    /// Why a model fails to load on a node whatever is tried; null when it does not.
    @Nullable FailureCause wrong(String model, String node) {
        return wrong.getOrDefault(node, Set.of()).contains(model) || !files.has(model, node)
                ? new FailureCause(Kind.FILE_MISSING, "no such file")
                : null;
    }

    /// Somebody has put what was missing on a node.
    void mend(SimulatedNode node) {
        wrong.remove(node.name);
    }

    private FleetMachine.Policy policy() {
        Duration least = Duration.ofSeconds(world.oneOf(List.of(0, 3, 10)));
        Duration extra = Duration.ofSeconds(world.oneOf(List.of(0, 5, 20)));
        return new FleetMachine.Policy(
                new PlacementConfig(world.oneOf(List.of(0L, 256L))),
                new EvictionConfig(
                        world.oneOf(List.of(Strategy.values())),
                        world.oneOf(List.of(0, 3, 6)),
                        least,
                        extra),
                new RoutingConfig(
                        world.oneOf(List.of(0, 0, 1)),
                        world.oneOf(List.of(1, 3)),
                        Duration.ofSeconds(world.oneOf(List.of(1, 5))),
                        Duration.ofSeconds(world.oneOf(List.of(0, 5))),
                        world.oneOf(List.of(0, 3, 100))),
                Duration.ofSeconds(world.oneOf(List.of(0, 0, 10, 300))));
    }

    private SimulatedNode node(String name) {
        List<DeviceInfo> devices = new ArrayList<>();
        int count = duel ? 1 : world.random.nextInt(0, 4);
        long card = duel ? 24_000L : world.oneOf(CARDS);
        for (int i = 0; i < count; i++) {
            card = world.chance(70) ? card : world.oneOf(CARDS);
            devices.add(
                    new DeviceInfo(
                            i,
                            "nvidia",
                            "card " + card,
                            null,
                            duel ? 24_000L : card,
                            DeviceMemory.OWN,
                            Map.of(ComputeCapability.KEY, "8.9")));
        }
        return new SimulatedNode(world, name, devices, 32_000);
    }

    private void addModel(String id) {
        boolean cpu = !duel && world.chance(20);
        int devices = cpu ? 0 : duel || world.chance(80) ? 1 : 2;
        long mb =
                cpu
                        ? world.random.nextLong(100, 9_000)
                        : duel
                                ? world.random.nextLong(13_000, 22_000)
                                : world.random.nextLong(2_000, 26_000);
        boolean told = duel || world.chance(90);
        long exaggerated = duel ? mb : mb + mb * world.oneOf(List.of(0, 0, 0, 10, 30)) / 100;
        List<String> pinned =
                !duel && world.chance(10) ? List.of(world.oneOf(nodes).name) : List.<String>of();
        int takes = world.oneOf(SLOTS);
        slots.put(id, takes == 0 ? null : takes);
        trueMb.put(id, mb);
        models.add(
                new ModelProfile(
                        id,
                        List.of(),
                        new ModelProfile.Engine(
                                SimulatedNode.HARNESSES.get(world.random.nextInt(2)),
                                null,
                                EngineOptions.NONE),
                        new Needs(
                                told ? (Long) exaggerated : null,
                                devices,
                                null,
                                null,
                                pinned,
                                nodes(pinned)),
                        duel ? Residency.DEFAULT : residency()));
    }

    private List<String> nodes(List<String> pinned) {
        if (!kept || rare.nextInt(3) > 0) {
            return List.of();
        }
        return pinned.isEmpty() ? List.of(nodes.get(rare.nextInt(nodes.size())).name) : pinned;
    }

    private Residency residency() {
        int most = world.oneOf(List.of(1, 1, 2, 3));
        return new Residency(
                world.random.nextInt(3),
                world.chance(30) ? Duration.ofSeconds(world.random.nextLong(5, 60)) : null,
                world.chance(20) ? 1 : 0,
                most);
    }

    FleetMachine.Settings settings() {
        List<NodeAddress> addresses =
                nodes.stream()
                        .map(n -> new NodeAddress(n.name, URI.create("http://" + n.name)))
                        .toList();
        return new FleetMachine.Settings(
                addresses,
                new Catalogue(models),
                MISSES,
                nodeGrace,
                maxRestart,
                MAX_WAITERS,
                policy);
    }

    ModelProfile model(String id) {
        return models.stream().filter(m -> m.id().equals(id)).findFirst().orElseThrow();
    }

    @Nullable Integer slots(String model) {
        return slots.get(model);
    }

    /// The most requests that may wait for one model.
    static int maxWaiters() {
        return MAX_WAITERS;
    }
}

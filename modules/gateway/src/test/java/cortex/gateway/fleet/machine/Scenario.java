package cortex.gateway.fleet.machine;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelProfile.Needs;
import cortex.core.catalogue.ModelProfile.Residency;
import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import cortex.core.node.DeviceMemory;
import cortex.core.node.Discovery;
import cortex.core.node.EngineOptions;
import cortex.core.node.HarnessHealth;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.core.node.NodeHealth;
import cortex.gateway.config.EvictionConfig;
import cortex.gateway.config.EvictionConfig.Strategy;
import cortex.gateway.config.NodeAddress;
import cortex.gateway.config.RoutingConfig;
import cortex.gateway.fleet.machine.Effect.Grant;
import cortex.gateway.fleet.machine.Effect.Outcome;
import cortex.gateway.fleet.machine.Effect.StartLoad;
import cortex.gateway.fleet.machine.Effect.StartUnload;
import cortex.gateway.fleet.machine.FleetEvent.Wish;
import cortex.gateway.placement.Decision;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A machine and a hand on its clock, for tests that tell a story event by event.
final class Scenario {
    static final Duration SECOND = Duration.ofSeconds(1);

    final FleetMachine machine;
    private final List<Decision> decisions = new ArrayList<>();
    final Map<String, List<ModelInfo>> entries = new LinkedHashMap<>();
    private final Map<String, Long> uptimes = new LinkedHashMap<>();
    private final Map<String, Double> restarting = new LinkedHashMap<>();
    final Map<String, long[]> free = new LinkedHashMap<>();
    List<HarnessHealth> harnesses = List.of();

    /// What nodes say of devices that cannot be read.
    @Nullable String note;

    long now = 1_000_000_000L;
    private long lastRequest;

    Scenario(int maxWaiters, List<ModelProfile> models, String... nodes) {
        this(FleetMachine.Policy.PLAIN, maxWaiters, models, nodes);
    }

    Scenario(
            FleetMachine.Policy policy,
            int maxWaiters,
            List<ModelProfile> models,
            String... nodes) {
        this(settings(policy, Duration.ZERO, maxWaiters, models, nodes));
    }

    private Scenario(FleetMachine.Settings settings) {
        machine = new FleetMachine(settings);
    }

    private static FleetMachine.Settings settings(
            FleetMachine.Policy policy,
            Duration grace,
            int maxWaiters,
            List<ModelProfile> models,
            String... nodes) {
        List<NodeAddress> addresses =
                Arrays.stream(nodes)
                        .map(n -> new NodeAddress(n, URI.create("http://" + n + ":9090")))
                        .toList();
        return new FleetMachine.Settings(
                addresses, new Catalogue(models), 3, grace, maxWaiters, policy);
    }

    /// A fleet that waits so long for a node that does not answer.
    static Scenario patient(Duration grace, List<ModelProfile> models, String... nodes) {
        return new Scenario(settings(FleetMachine.Policy.PLAIN, grace, 3, models, nodes));
    }

    /// Lets a node be missed until it is lost.
    List<Effect> lose(String node) {
        List<Effect> effects = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            effects.addAll(on(new FleetEvent.NodeMissed(node, "connection refused")));
        }
        return effects;
    }

    /// A model for one or more devices (0: the CPU).
    static ModelProfile model(String id, @Nullable Long vramMb, int devices, String... pinnedOn) {
        return new ModelProfile(
                id,
                List.of(),
                new ModelProfile.Engine("llamacpp", null, EngineOptions.NONE),
                new Needs(vramMb, devices, null, null, List.of(pinnedOn)),
                ModelProfile.Residency.DEFAULT);
    }

    /// A policy by which a model stays `least`, and waits `extra` at most for another's turn to
    /// end.
    static FleetMachine.Policy turns(Duration least, Duration extra) {
        return new FleetMachine.Policy(
                FleetMachine.Policy.PLAIN.placement(),
                new EvictionConfig(Strategy.LRU, 2, least, extra),
                RoutingConfig.USUAL);
    }

    static ModelProfile model(String id, long vramMb, Residency residency) {
        ModelProfile plain = model(id, vramMb, 1);
        return new ModelProfile(
                id,
                List.of(),
                new ModelProfile.Engine("llamacpp", null, EngineOptions.NONE),
                plain.needs(),
                residency);
    }

    static Grant grant(List<Effect> effects) {
        return only(effects, Grant.class);
    }

    static StartLoad load(List<Effect> effects) {
        return only(effects, StartLoad.class);
    }

    static StartUnload unload(List<Effect> effects) {
        return only(effects, StartUnload.class);
    }

    static Outcome outcome(List<Effect> effects) {
        return only(effects, Outcome.class);
    }

    private static <T extends Effect> T only(List<Effect> effects, Class<T> type) {
        List<T> found = effects.stream().filter(type::isInstance).map(type::cast).toList();
        if (found.size() != 1) {
            throw new AssertionError("not one " + type.getSimpleName() + " in " + effects);
        }
        return found.getFirst();
    }

    /// What an operator's wish brings about.
    List<Effect> want(Wish wish) {
        return on(new FleetEvent.Wanted(++lastRequest, wish));
    }

    /// Loads a model by a request for it; its lease is open.
    Grant loaded(ModelProfile model, String replica) {
        StartLoad load = load(ask(model));
        return grant(loaded(load.generation(), model.id(), replica));
    }

    List<Effect> release(Grant grant) {
        return on(new FleetEvent.Released(grant.request()));
    }

    List<Effect> tick() {
        return on(new FleetEvent.Tick());
    }

    /// Sets what a node's devices have free.
    Scenario free(String node, long... mb) {
        free.put(node, mb);
        return this;
    }

    /// Lets a node report what was set, a second after the last event.
    List<Effect> report(String node) {
        pass(SECOND);
        return on(reported(node, now));
    }

    FleetEvent.NodeReported reported(String node, long askedAt) {
        long[] mb = free.getOrDefault(node, new long[0]);
        List<DeviceInfo> infos = new ArrayList<>();
        List<DeviceHealth> readings = new ArrayList<>();
        for (int i = 0; i < mb.length; i++) {
            infos.add(
                    new DeviceInfo(
                            i,
                            "nvidia",
                            "card",
                            null,
                            24_000L,
                            DeviceMemory.OWN,
                            Map.of("compute", "8.9")));
            Long known = mb[i] < 0 ? null : mb[i];
            readings.add(new DeviceHealth(i, null, known, null, null));
        }
        var discovery =
                new Discovery(
                        node,
                        "linux",
                        null,
                        infos,
                        List.of("llamacpp"),
                        64_000L,
                        new Discovery.Said(note, null));
        return new FleetEvent.NodeReported(
                node,
                askedAt,
                discovery,
                new NodeHealth(
                        uptimes.getOrDefault(node, 1L),
                        readings,
                        32_000L,
                        null,
                        harnesses,
                        null,
                        restarting.containsKey(node)
                                ? new NodeHealth.Restarting(restarting.get(node))
                                : null),
                entries.getOrDefault(node, List.of()));
    }

    /// Lets a node say from its next report on that it is back in so many seconds.
    Scenario restarts(String node, double secs) {
        restarting.put(node, secs);
        return this;
    }

    /// Lets a node's neuron be started anew.
    Scenario startsAnew(String node) {
        restarting.remove(node);
        uptimes.put(node, 0L);
        return this;
    }

    /// Lets a node list a model from its next report on.
    void lists(String node, ModelInfo... models) {
        entries.put(node, List.of(models));
    }

    static ModelInfo entry(String model, String replica, ModelStatus status, long usedMb) {
        return entry(model, replica, status, usedMb, 0);
    }

    static ModelInfo entry(
            String model, String replica, ModelStatus status, long usedMb, int inFlight) {
        return new ModelInfo(
                model,
                replica,
                status,
                inFlight,
                new ModelInfo.Engine("llamacpp", model, 4, 4096, null, null),
                ModelInfo.Memory.of(List.of(0), usedMb < 0 ? null : usedMb),
                ModelInfo.Load.took(2.0));
    }

    long ask(ModelProfile model, List<Effect> into) {
        long request = ++lastRequest;
        into.addAll(on(new FleetEvent.Requested(request, model, FleetEvent.Caller.ANYBODY)));
        return request;
    }

    List<Effect> ask(ModelProfile model, FleetEvent.Caller asker) {
        return on(new FleetEvent.Requested(++lastRequest, model, asker));
    }

    List<Effect> ask(ModelProfile model) {
        List<Effect> effects = new ArrayList<>();
        ask(model, effects);
        return effects;
    }

    /// The number of the last request.
    long last() {
        return lastRequest;
    }

    List<Effect> loaded(long generation, String model, String replica) {
        return on(
                new FleetEvent.LoadDone(
                        generation,
                        URI.create("http://host/engines/" + replica),
                        model,
                        entry(model, replica, ModelStatus.LOADED, -1)));
    }

    /// What each replica is known to hold of its devices, the oldest replica first.
    List<List<Long>> heldMb() {
        return machine.state.replicas().stream().map(r -> r.memory().heldMb()).toList();
    }

    /// The decisions made since this was last asked for.
    List<Decision> takeDecisions() {
        List<Decision> made = List.copyOf(decisions);
        decisions.clear();
        return made;
    }

    void pass(Duration duration) {
        now += duration.toNanos();
    }

    List<Effect> on(FleetEvent event) {
        now++;
        FleetMachine.Reaction reaction = machine.on(event, now);
        decisions.addAll(reaction.decisions());
        return reaction.effects();
    }
}

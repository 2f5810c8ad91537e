package cortex.gateway.loading;

import cortex.core.catalogue.ModelProfile;
import cortex.core.files.FilesQuestion;
import cortex.core.time.Time;
import cortex.gateway.config.GatewayConfig;
import cortex.gateway.config.NodeAddress;
import cortex.gateway.fleet.EngineEnds;
import cortex.gateway.fleet.Fleet;
import cortex.gateway.fleet.FleetPort;
import cortex.gateway.fleet.FleetSnapshot;
import cortex.gateway.fleet.Ticket;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.machine.FleetEvent.Kept;
import cortex.gateway.fleet.machine.FleetEvent.WantedLoad;
import cortex.gateway.fleet.machine.FleetEvent.Wishes;
import cortex.gateway.fleet.machine.FleetMachine;
import cortex.gateway.fleet.view.KnownModel;
import cortex.gateway.fleet.view.Plan;
import cortex.gateway.nodes.HttpNeuronClient;
import cortex.gateway.nodes.NeuronClient;
import cortex.gateway.nodes.NodeIdentity;
import cortex.gateway.nodes.Poller;
import cortex.gateway.nodes.ReportRules;
import cortex.gateway.placement.footprint.Footprint;
import cortex.relay.pump.EngineClients;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// A fleet with everything that keeps it going: a watcher and a commander for each neuron, and the
/// tick. Owns their threads and the HTTP client they share.
public final class RunningFleet implements FleetPort {
    private static final System.Logger LOG = System.getLogger(RunningFleet.class.getName());
    private static final Duration TICK = Duration.ofMillis(250);
    private static final Duration LOAD_ANSWER = Duration.ofSeconds(30);
    private static final Duration UNLOAD_ANSWER = Duration.ofMinutes(2);

    private record Node(Poller poller, NodeCommands commands, EngineLog logs) {}

    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final HttpClient http;
    private final List<HttpClient> others = new ArrayList<>();
    private final Fleet fleet;
    private final EngineEnds ends;
    private final FilesQuestion question;
    private final Unservable unservable;
    private final StateFile state;
    private final Thread ticker;

    private RunningFleet(
            GatewayConfig config,
            Time time,
            Map<String, NodeIdentity> identities,
            EngineEnds ends) {
        this.ends = ends;
        http = EngineClients.create(config.timeouts().connect());
        var settings =
                new FleetMachine.Settings(
                        config.fleet().neurons(),
                        config.fleet().catalogue(),
                        config.fleet().polling().misses(),
                        config.fleet().polling().nodeGrace(),
                        config.fleet().polling().maxRestart(),
                        backstop(config.limits().maxWaiters()),
                        new FleetMachine.Policy(
                                config.fleet().placement(),
                                config.fleet().eviction(),
                                config.fleet().routing(),
                                config.admission().keepSlot()));
        state = StateFile.open(config.fleet().placement().stateFile());
        question = FilesQuestion.of(config.fleet().catalogue().profiles());
        Kept before = state.before();
        tellForgotten(before.wishes(), config);
        tellImplausible(before.footprints(), config);
        FleetMachine machine = new FleetMachine(settings);
        machine.recall(before);
        fleet = new Fleet(machine, time, this::carryOut, state);
        unservable = new Unservable(config.fleet().catalogue(), fleet::plan, time);
        state.keep(fleet::kept);
        config.fleet()
                .neurons()
                .forEach(neuron -> {
                    var identity = Objects.requireNonNull(identities.get(neuron.name()));
                    nodes.put(neuron.name(), node(neuron, identity, config, time));
                });
        nodes.values().forEach(node -> node.commands.start());
        nodes.values().forEach(node -> node.poller.start(config.fleet().polling().interval()));
        ticker = Thread.ofVirtual().name("fleet-tick").start(() -> tick(time));
    }

    /// What operators wanted of a node that is not configured any more, or of a model that the
    /// catalogue does not have any more, cannot be.
    private static void tellForgotten(Wishes wishes, GatewayConfig config) {
        Set<String> nodes = new TreeSet<>(wishes.pins().keySet());
        nodes.addAll(wishes.drained());
        Set<String> models = new TreeSet<>();
        wishes.pins().values().forEach(models::addAll);
        for (WantedLoad load : wishes.loads()) {
            models.add(load.model());
            String node = load.node();
            if (node != null) {
                nodes.add(node);
            }
        }
        config.fleet().neurons().forEach(neuron -> nodes.remove(neuron.name()));
        models.removeIf(model -> config.fleet().catalogue().find(model) != null);
        if (!nodes.isEmpty() || !models.isEmpty()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "state file: dropped pins, drains and loads of unknown nodes or models: {0}",
                    Stream.concat(nodes.stream(), models.stream()).toList());
        }
    }

    /// What no model can take, or far more than the catalogue tells, is learned anew.
    private static void tellImplausible(List<Footprint> before, GatewayConfig config) {
        for (Footprint footprint : before) {
            ModelProfile profile = config.fleet().catalogue().find(footprint.way().model());
            Long told = profile == null ? footprint.catalogueMb() : profile.needs().vramMb();
            if (!footprint.against(told).plausible()) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the state file says that '"
                                + footprint.way().model()
                                + "' takes "
                                + footprint.mb()
                                + " MiB, which is not believed; it is measured anew");
            }
        }
    }

    /// Admission holds the limit, fairly. Requests that are about to be told that they must wait
    /// are in the fleet's queue already.
    private static int backstop(int maxWaiters) {
        return maxWaiters + Math.max(64, maxWaiters);
    }

    /// Starts watching the configured neurons. Returns at once: until they answer, requests wait
    /// for them for a while, then they are refused with a reason. `identities` tell by a node's
    /// name whose answers count; `ends` sees what nodes report.
    public static RunningFleet start(
            GatewayConfig config,
            Time time,
            Map<String, NodeIdentity> identities,
            EngineEnds ends) {
        return new RunningFleet(config, time, identities, ends);
    }

    /// Only what is not asked in the usual way has a client of its own.
    private HttpClient client(NodeAddress address, NodeIdentity identity, Duration connect) {
        if (address.tls() == null) {
            return http;
        }
        HttpClient own = identity.client(connect);
        others.add(own);
        return own;
    }

    private Node node(NodeAddress address, NodeIdentity identity, GatewayConfig config, Time time) {
        var patience =
                new HttpNeuronClient.Patience(
                        config.fleet().polling().timeout(), LOAD_ANSWER, UNLOAD_ANSWER);
        NeuronClient neuron =
                new HttpNeuronClient(
                        client(address, identity, config.timeouts().connect()),
                        address.endpoint(),
                        identity,
                        patience,
                        new ReportRules(config.fleet().polling().reports(), address.engineHosts()));
        String name = address.name();
        return new Node(
                new Poller(name, neuron, question, time, this::polled),
                new NodeCommands(name, neuron, time, config.timeouts().load(), fleet::submit),
                new EngineLog(name, neuron));
    }

    private void polled(FleetEvent event) {
        if (event instanceof FleetEvent.NodeReported report) {
            ends.reported(report);
            fleet.submit(event);
            unservable.reported(report);
        } else {
            fleet.submit(event);
        }
    }

    private void carryOut(Effect.Command command) {
        Node node = Objects.requireNonNull(nodes.get(command.node()));
        switch (command) {
            case Effect.StartLoad load -> node.commands.load(load);
            case Effect.Adopt adopt -> node.commands.adopt(adopt);
            case Effect.StartUnload unload -> node.commands.unload(unload);
            case Effect.RestartHarness restart -> node.commands.restart(restart);
            case Effect.PollNow _ -> node.poller.pollNow();
        }
    }

    private void tick(Time time) {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                time.sleep(TICK);
                tickOrLog();
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "the fleet's tick ends");
        }
    }

    private void tickOrLog() {
        try {
            fleet.submit(new FleetEvent.Tick());
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "the fleet's tick went wrong", e);
        }
    }

    @Override
    public Ticket request(ModelProfile model, FleetEvent.Caller caller) {
        return fleet.request(model, caller);
    }

    @Override
    public FleetSnapshot snapshot() {
        return fleet.snapshot();
    }

    @Override
    public KnownModel known(String model) {
        return fleet.known(model);
    }

    @Override
    public boolean neverHolds(String model) {
        return unservable.has(model);
    }

    @Override
    public Effect.Outcome operate(FleetEvent.Wish wish) {
        return fleet.operate(wish);
    }

    @Override
    public String log(String model, String node) {
        return Objects.requireNonNull(nodes.get(node)).logs.of(model);
    }

    @Override
    public Plan plan(ModelProfile model) {
        return fleet.plan(model);
    }

    @Override
    public void close() {
        fleet.close();
        ticker.interrupt();
        nodes.values().forEach(node -> node.poller.close());
        nodes.values().forEach(node -> node.commands.close());
        http.shutdownNow();
        others.forEach(HttpClient::shutdownNow);
        state.close();
    }
}

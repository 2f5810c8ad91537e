package cortex.gateway.loading;

import cortex.core.log.Quantity;
import cortex.core.node.FailureCause;
import cortex.core.node.FailureCause.Kind;
import cortex.core.node.LoadResponse;
import cortex.core.node.UnloadRequest;
import cortex.core.time.Time;
import cortex.gateway.fleet.machine.Effect.Adopt;
import cortex.gateway.fleet.machine.Effect.RestartHarness;
import cortex.gateway.fleet.machine.Effect.StartLoad;
import cortex.gateway.fleet.machine.Effect.StartUnload;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.rules.Rest;
import cortex.gateway.nodes.NeuronClient;
import cortex.gateway.nodes.NeuronException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/// Carries out one node's commands. Loads are told to the node in the order they were decided, on
/// one thread; what takes long (a load becoming ready, an engine ending) is awaited on threads of
/// its own, so that one model does not hold up another on other devices. Each command is answered
/// by one event; after {@link #close} by none.
public final class NodeCommands implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(NodeCommands.class.getName());

    private final BlockingQueue<StartLoad> loads = new LinkedBlockingQueue<>();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final String node;
    private final NeuronClient neuron;
    private final Consumer<FleetEvent> events;
    private final LoadWatch watch;

    /// Commands for one node; a load is given up when it makes no progress for `silence`.
    public NodeCommands(
            String node,
            NeuronClient neuron,
            Time time,
            Duration silence,
            Consumer<FleetEvent> events) {
        this.node = node;
        this.neuron = neuron;
        this.events = events;
        this.watch = new LoadWatch(neuron, time, silence);
    }

    /// Begins to carry out commands.
    public void start() {
        spawn("commands-" + node, this::sendLoads);
    }

    /// Takes a load; does not block.
    public void load(StartLoad command) {
        loads.add(command);
    }

    /// Watches a load that is under way already; does not block.
    public void adopt(Adopt command) {
        long generation = command.generation();
        spawn(
                "load-" + node + "-" + generation,
                () ->
                        end(
                                command.model(),
                                watch.await(generation, command.model(), command.replica())));
    }

    private void end(String model, FleetEvent event) {
        if (event instanceof FleetEvent.LoadFailed failed) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "load of "
                            + model
                            + " on "
                            + node
                            + " failed: "
                            + failed.cause().lineOr(failed.reason()));
        } else {
            LOG.log(System.Logger.Level.INFO, model + " is ready on " + node);
        }
        events.accept(event);
    }

    /// Takes an unload; does not block.
    public void unload(StartUnload command) {
        spawn("unload-" + node + "-" + command.generation(), () -> carryOut(command));
    }

    private void sendLoads() throws InterruptedException {
        while (true) {
            StartLoad command = loads.take();
            long generation = command.generation();
            String model = command.request().modelId();
            LOG.log(
                    System.Logger.Level.INFO,
                    () -> "loading " + model + " on " + node + where(command.request().devices()));
            try {
                LoadResponse answer = neuron.load(command.request());
                adopt(new Adopt(node, generation, model, answer.replica()));
            } catch (NeuronException e) {
                NeuronException.LoadRefusal notTried = e.notTried();
                if (notTried != null) {
                    events.accept(notTried(command, notTried));
                    continue;
                }
                String reason = LoadWatch.words(e.text());
                FailureCause cause =
                        e.notAllowed() ? FailureCause.of(Kind.REFUSED) : FailureCause.UNKNOWN;
                end(model, new FleetEvent.LoadFailed(generation, reason, e.refused(), cause));
            }
        }
    }

    private FleetEvent notTried(StartLoad command, NeuronException.LoadRefusal said) {
        String line = said.line();
        FailureCause cause =
                line == null ? FailureCause.UNKNOWN : new FailureCause(Kind.OTHER, line);
        String reason = LoadWatch.words(said.reason());
        LOG.log(
                System.Logger.Level.INFO,
                () ->
                        node
                                + " does not load "
                                + command.request().modelId()
                                + " before "
                                + Quantity.of(said.rest())
                                + " are over: "
                                + cause.lineOr(reason));
        return new FleetEvent.LoadRefused(
                command.generation(), new Rest(said.how(), reason, cause, said.rest()));
    }

    private static String where(List<Integer> devices) {
        return devices.isEmpty() ? " (CPU)" : ", devices " + devices;
    }

    private void carryOut(StartUnload command) throws InterruptedException {
        long generation = command.generation();
        LOG.log(
                System.Logger.Level.INFO,
                () -> "unloading " + command.model() + " from " + node + ": " + command.why());
        try {
            neuron.unload(new UnloadRequest(command.model(), command.replica(), true));
            events.accept(new FleetEvent.UnloadDone(generation));
        } catch (NeuronException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    command.model() + " was not unloaded from " + node + ": " + e.text());
            events.accept(new FleetEvent.UnloadFailed(generation, e.text(), e.busy()));
        }
    }

    /// Takes a restart of a harness; does not block.
    public void restart(RestartHarness command) {
        spawn("restart-" + node + "-" + command.generation(), () -> carryOut(command));
    }

    private void carryOut(RestartHarness command) throws InterruptedException {
        String harness = command.harness();
        LOG.log(System.Logger.Level.INFO, () -> "restarting " + harness + " on " + node);
        try {
            neuron.restart(harness);
            events.accept(new FleetEvent.HarnessRestarted(node, command.generation()));
        } catch (NeuronException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> harness + " was not restarted on " + node + ": " + e.text());
            events.accept(
                    new FleetEvent.HarnessNotRestarted(
                            node, command.generation(), e.text(), e.certain()));
        }
    }

    private interface Blocking {
        void run() throws InterruptedException;
    }

    private void spawn(String name, Blocking work) {
        Thread thread =
                Thread.ofVirtual()
                        .name(name)
                        .unstarted(() -> {
                            try {
                                work.run();
                            } catch (InterruptedException e) {
                                LOG.log(System.Logger.Level.DEBUG, name + " ends");
                            } finally {
                                threads.remove(Thread.currentThread());
                            }
                        });
        threads.add(thread);
        thread.start();
    }

    /// Stops all threads of this node; what the node was told goes on there.
    @Override
    public void close() {
        for (Thread thread : Set.copyOf(threads)) {
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

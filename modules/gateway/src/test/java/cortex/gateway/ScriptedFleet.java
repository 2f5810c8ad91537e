package cortex.gateway;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.FleetPort;
import cortex.gateway.fleet.FleetSnapshot;
import cortex.gateway.fleet.Lease;
import cortex.gateway.fleet.ReplicaRef;
import cortex.gateway.fleet.Ticket;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.view.KnownModel;
import cortex.gateway.fleet.view.Plan;
import cortex.gateway.fleet.view.Progress;
import cortex.gateway.fleet.view.Progress.Stage;
import cortex.gateway.fleet.view.Route;
import cortex.gateway.placement.Decision;
import cortex.gateway.placement.Explanation;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A fleet that grants what the test says and counts what is given back.
final class ScriptedFleet implements FleetPort {
    final AtomicInteger asked = new AtomicInteger();
    final AtomicInteger openLeases = new AtomicInteger();
    final AtomicInteger leftQueue = new AtomicInteger();
    final AtomicInteger answered = new AtomicInteger();
    final CountDownLatch closedTicket = new CountDownLatch(1);
    final List<String> gone = new CopyOnWriteArrayList<>();
    final List<String> failed = new CopyOnWriteArrayList<>();
    final List<URI> endpoints = new CopyOnWriteArrayList<>();
    final List<FleetEvent.Caller> askers = new CopyOnWriteArrayList<>();
    volatile String engineModel = "tiny";
    volatile @Nullable Integer slots;
    volatile CountDownLatch ready = new CountDownLatch(0);
    volatile @Nullable Failure refusal;
    volatile @Nullable String loadingOn = "beast";
    volatile @Nullable Duration eta;
    volatile Stage stage = Stage.LOADING;
    final List<FleetEvent.Wish> wishes = new CopyOnWriteArrayList<>();
    volatile List<Effect.Change> changes = List.of();
    volatile @Nullable Failure wishRefused;
    volatile FleetSnapshot snapshot = new FleetSnapshot(List.of(), List.of());

    /// From now on there is a ready replica of `tiny` for each context, 0 for one that is not
    /// known.
    void loaded(int... contexts) {
        snapshot =
                new FleetSnapshot(
                        List.of(),
                        IntStream.of(contexts)
                                .mapToObj(context ->
                                        new FleetSnapshot.ReplicaView(
                                                "tiny",
                                                "beast",
                                                new FleetSnapshot.Stage(
                                                        ModelStatus.LOADED, null, null),
                                                List.of(),
                                                0,
                                                new FleetSnapshot.EngineView(
                                                        null, context == 0 ? null : context, null),
                                                false))
                                .toList());
    }

    /// The models that no node can ever hold.
    final Set<String> never = ConcurrentHashMap.newKeySet();

    @Override
    public FleetSnapshot snapshot() {
        return snapshot;
    }

    @Override
    public boolean neverHolds(String model) {
        return never.contains(model);
    }

    @Override
    public void close() {}

    @Override
    public Effect.Outcome operate(FleetEvent.Wish wish) {
        wishes.add(wish);
        return new Effect.Outcome(wishes.size(), changes, wishRefused);
    }

    private static Explanation load(ModelProfile model) {
        return new Explanation(
                model.id(),
                Decision.Outcome.NOT_NOW,
                "cannot be served now: nobody has room",
                null,
                new Explanation.Shares(List.of(), List.of()),
                new Explanation.Need(
                        "llamacpp", 0, new Explanation.Size(100L, false, 100L), 0, null, 0),
                List.of());
    }

    @Override
    public Plan plan(ModelProfile model) {
        var route = new Route("beast", 1, 0, 4, 0.25, false, null);
        return new Plan(model.id(), route, List.of(route), false, 0, load(model), List.of());
    }

    @Override
    public KnownModel known(String model) {
        return snapshot.known().getOrDefault(model, KnownModel.NOTHING);
    }

    @Override
    public Ticket request(ModelProfile model, FleetEvent.Caller asker) {
        askers.add(asker);
        int n = asked.getAndIncrement();
        return new ScriptedTicket(model, endpoints.get(Math.min(n, endpoints.size() - 1)));
    }

    @Override
    public String log(String model, String node) {
        return "the log of " + model + " on " + node;
    }

    private final class ScriptedTicket implements Ticket {
        private final CountDownLatch left = new CountDownLatch(1);
        private final CountDownLatch granted = ready;
        private final ModelProfile model;
        private final URI endpoint;
        private boolean waited;
        private volatile boolean taken;

        ScriptedTicket(ModelProfile model, URI endpoint) {
            this.model = model;
            this.endpoint = endpoint;
        }

        @Override
        public @Nullable Lease await(Duration atMost) throws InterruptedException {
            Failure no = refusal;
            if (no != null) {
                throw new FailureException(no);
            }
            long deadline = System.nanoTime() + Math.min(atMost.toNanos(), 60_000_000_000L);
            while (left.getCount() > 0) {
                if (granted.await(2, TimeUnit.MILLISECONDS)) {
                    taken = true;
                    openLeases.incrementAndGet();
                    return new ScriptedLease(model, endpoint);
                }
                waited = true;
                if (System.nanoTime() >= deadline) {
                    return null;
                }
            }
            return null;
        }

        @Override
        public boolean coldStart() {
            return waited;
        }

        @Override
        public List<Note> notes() {
            return List.of(new Note(System.nanoTime(), "decided"));
        }

        @Override
        public Progress progress() {
            return new Progress(stage, loadingOn, eta);
        }

        @Override
        public void close() {
            if (!taken && left.getCount() > 0) {
                left.countDown();
                leftQueue.incrementAndGet();
            }
            closedTicket.countDown();
        }
    }

    private final class ScriptedLease implements Lease {
        private final ReplicaRef replica;
        private boolean open = true;

        ScriptedLease(ModelProfile model, URI endpoint) {
            replica =
                    new ReplicaRef(model.id(), "beast", endpoint, engineModel, endpoint.hashCode());
        }

        @Override
        public ReplicaRef replica() {
            return replica;
        }

        @Override
        public @Nullable Integer slots() {
            return slots;
        }

        @Override
        public void engineGone(String reason) {
            gone.add(reason);
        }

        @Override
        public void engineFailed(String reason) {
            failed.add(reason);
        }

        @Override
        public void answered() {
            answered.incrementAndGet();
        }

        @Override
        public void close() {
            if (open) {
                open = false;
                openLeases.decrementAndGet();
            }
        }
    }
}

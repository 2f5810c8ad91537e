package cortex.gateway.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.FailureException;
import cortex.core.node.Discovery;
import cortex.core.node.EngineOptions;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.core.node.NodeHealth;
import cortex.core.time.SystemTime;
import cortex.gateway.GatewayConfig.NodeAddress;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.machine.FleetMachine;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Real threads on the real lock: whatever the interleaving, no lease is lost and none is given
/// twice.
@Timeout(60)
class FleetRaceTest {
    private static final int SLOTS = 3;
    private static final int ROUNDS = 50_000;

    private final ModelProfile model =
            new ModelProfile(
                    "m",
                    List.of(),
                    "demo",
                    null,
                    new ModelProfile.Needs(100L, 0, null, null, List.of()),
                    ModelProfile.Residency.DEFAULT,
                    EngineOptions.NONE);
    private final BlockingQueue<Effect.Command> commands = new LinkedBlockingQueue<>();
    private final SystemTime time = new SystemTime();
    private final Fleet fleet =
            new Fleet(
                    new FleetMachine(
                            new FleetMachine.Settings(
                                    List.of(new NodeAddress("n", URI.create("http://n:1"))),
                                    new Catalogue(List.of(model)),
                                    3,
                                    1000,
                                    FleetMachine.Policy.PLAIN)),
                    time,
                    commands::add);

    private void report(ModelInfo... models) {
        report(time.nanos(), models);
    }

    private void report(long askedAt, ModelInfo... models) {
        var discovery =
                new Discovery(
                        "n", "linux", null, null, null, List.of(), List.of("demo"), null, null);
        var health = new NodeHealth(1, List.of(), 10_000L, null);
        fleet.submit(new FleetEvent.NodeReported("n", askedAt, discovery, health, List.of(models)));
    }

    private static ModelInfo info(long generation) {
        return info(generation, null);
    }

    private static ModelInfo info(long generation, @Nullable Integer slots) {
        return new ModelInfo(
                "m",
                "demo",
                ModelStatus.LOADED,
                List.of(),
                null,
                "r" + generation,
                "m",
                0,
                slots,
                null,
                null,
                null,
                null);
    }

    private long load() throws InterruptedException {
        return load(null);
    }

    private long load(@Nullable Integer slots) throws InterruptedException {
        Effect.StartLoad load = (Effect.StartLoad) commands.take();
        long generation = load.generation();
        ModelInfo info = info(generation, slots);
        fleet.submit(new FleetEvent.LoadDone(generation, URI.create("http://n:2"), "m", info));
        return generation;
    }

    private int inFlight() {
        return fleet.snapshot().replicas().stream()
                .mapToInt(FleetSnapshot.ReplicaView::inFlight)
                .sum();
    }

    @Test
    void aGrantAndALeavingAtTheSameMomentLeaveNothingBehind() throws Exception {
        AtomicInteger taken = new AtomicInteger();
        AtomicInteger left = new AtomicInteger();
        for (int round = 0; round < 200; round++) {
            report();
            List<Thread> waiters = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                Ticket ticket = fleet.request(model, FleetEvent.Asker.ANYBODY);
                long nanos = i * 3_000L;
                waiters.add(
                        Thread.ofVirtual()
                                .name("waiter-" + i)
                                .start(() -> waitOrLeave(ticket, nanos, taken, left)));
            }
            load();
            for (Thread waiter : waiters) {
                waiter.join();
            }
            assertThat(inFlight()).as("round %d", round).isZero();
            assertThat(fleet.waiting(model)).isZero();
        }
        assertThat(taken.get() + left.get()).isEqualTo(200 * 16);
        assertThat(taken).as("both ways were taken").hasPositiveValue();
    }

    private static void waitOrLeave(
            Ticket ticket, long nanos, AtomicInteger taken, AtomicInteger left) {
        try (ticket;
                Lease lease = ticket.await(Duration.ofNanos(nanos))) {
            (lease == null ? left : taken).incrementAndGet();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void manyThreadsTakingAndGivingBackWhileTheReplicaComesAndGoes() throws Exception {
        report();
        fleet.request(model, FleetEvent.Asker.ANYBODY).close();
        long generation = load();
        AtomicInteger open = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            int seed = i;
            clients.add(
                    Thread.ofPlatform()
                            .name("client-" + i)
                            .start(() -> run(new SplittableRandom(seed), open, refused)));
        }
        for (int i = 0; i < 200; i++) {
            report(info(generation));
            fleet.submit(new FleetEvent.Tick());
            fleet.snapshot();
        }
        for (Thread client : clients) {
            client.join();
        }
        assertThat(open).hasValue(0);
        assertThat(inFlight()).isZero();
        assertThat(refused).hasValue(0);
    }

    private void run(SplittableRandom random, AtomicInteger open, AtomicInteger refused) {
        for (int i = 0; i < 2_000; i++) {
            try (Ticket ticket = fleet.request(model, FleetEvent.Asker.ANYBODY)) {
                if (random.nextInt(4) == 0) {
                    continue;
                }
                try (Lease lease = ticket.await(Duration.ofSeconds(10))) {
                    assertThat(lease).isNotNull();
                    open.incrementAndGet();
                    open.decrementAndGet();
                }
            } catch (FailureException e) {
                refused.incrementAndGet();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    @Test
    void neverMoreLeasesAreOpenThanTheEngineHasSlots() throws Exception {
        report();
        fleet.request(model, FleetEvent.Asker.ANYBODY).close();
        long generation = load(SLOTS);
        int limit = SLOTS + FleetMachine.Policy.PLAIN.routing().overSlots();
        AtomicInteger open = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger leases = new AtomicInteger();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            clients.add(
                    Thread.ofPlatform().name("client-" + i).start(() -> take(open, most, leases)));
        }
        while (clients.stream().anyMatch(Thread::isAlive)) {
            report(info(generation, SLOTS));
            assertThat(inFlight()).as("as told").isBetween(0, limit);
            assertThat(fleet.plan(model).replicas()).hasSize(1);
        }
        assertThat(most.get()).isBetween(1, limit);
        assertThat(leases).hasValue(12 * 1_000);
        assertThat(inFlight()).isZero();
        assertThat(fleet.waiting(model)).isZero();
    }

    private void take(AtomicInteger open, AtomicInteger most, AtomicInteger leases) {
        for (int i = 0; i < 1_000; i++) {
            try (Ticket ticket = fleet.request(model, FleetEvent.Asker.ANYBODY);
                    Lease lease = ticket.await(Duration.ofSeconds(20))) {
                assertThat(lease).isNotNull();
                most.accumulateAndGet(open.incrementAndGet(), Math::max);
                leases.incrementAndGet();
                Thread.onSpinWait();
                open.decrementAndGet();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /// One thread gives its lease back, by which the other's request is granted, at the very moment
    /// at which that one leaves the queue.
    @Test
    void aLeavingAtTheVeryMomentOfAGrantStrandsNothing() throws Exception {
        report();
        fleet.request(model, FleetEvent.Asker.ANYBODY).close();
        load(SLOTS);
        int limit = SLOTS + FleetMachine.Policy.PLAIN.routing().overSlots();
        for (int i = 1; i < limit; i++) {
            take();
        }
        AtomicReference<@Nullable Ticket> handed = new AtomicReference<>();
        Thread leaver = Thread.ofPlatform().name("leaver").start(() -> leave(handed));
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < ROUNDS; round++) {
            Lease lease = take();
            handed.set(fleet.request(model, FleetEvent.Asker.ANYBODY));
            spin(random.nextInt(100));
            lease.close();
            while (handed.get() != null) {
                Thread.onSpinWait();
            }
            assertThat(inFlight()).as("round %d", round).isEqualTo(limit - 1);
        }
        leaver.join();
        assertThat(fleet.waiting(model)).isZero();
    }

    private Lease take() throws InterruptedException {
        Ticket ticket = fleet.request(model, FleetEvent.Asker.ANYBODY);
        return Objects.requireNonNull(ticket.await(Duration.ofSeconds(10)));
    }

    private static void leave(AtomicReference<@Nullable Ticket> handed) {
        SplittableRandom random = new SplittableRandom(2);
        for (int round = 0; round < ROUNDS; round++) {
            Ticket ticket = handed.get();
            while (ticket == null) {
                Thread.onSpinWait();
                ticket = handed.get();
            }
            spin(random.nextInt(100));
            ticket.close();
            handed.set(null);
        }
    }

    private static void spin(int times) {
        for (int i = 0; i < times; i++) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aLeaseIsGivenBackOnceHoweverOftenItIsClosed() throws Exception {
        report();
        Ticket ticket = fleet.request(model, FleetEvent.Asker.ANYBODY);
        load();
        Lease lease = Objects.requireNonNull(ticket.await(Duration.ofSeconds(10)));
        assertThat(ticket.coldStart()).isTrue();
        ticket.close();
        assertThat(inFlight()).as("the lease is the caller's").isEqualTo(1);
        lease.close();
        lease.close();
        assertThat(inFlight()).isZero();
    }

    /// A node that does what it is told at once, and reports what it has.
    private final class BusyNode implements Runnable {
        private final Map<String, ModelInfo> engines = new ConcurrentHashMap<>();
        private final AtomicBoolean ends = new AtomicBoolean();

        @Override
        public void run() {
            try {
                while (!ends.get()) {
                    Effect.Command command = commands.poll(1, TimeUnit.MILLISECONDS);
                    if (command == null) {
                        long askedAt = time.nanos();
                        report(askedAt, engines.values().toArray(ModelInfo[]::new));
                        fleet.submit(new FleetEvent.Tick());
                    } else {
                        carryOut(command);
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void carryOut(Effect.Command command) {
            switch (command) {
                case Effect.StartLoad load -> {
                    ModelInfo info = info(load.generation());
                    engines.put(info.replica(), info);
                    loaded(load.generation(), info);
                }
                case Effect.Adopt adopt -> {
                    ModelInfo info = engines.get(adopt.replica());
                    if (info == null) {
                        long generation = adopt.generation();
                        fleet.submit(new FleetEvent.LoadFailed(generation, "it is gone", true));
                    } else {
                        loaded(adopt.generation(), info);
                    }
                }
                case Effect.StartUnload unload -> {
                    engines.remove(unload.replica());
                    fleet.submit(new FleetEvent.UnloadDone(unload.generation()));
                }
                case Effect.RestartHarness restart ->
                        fleet.submit(new FleetEvent.HarnessRestarted("n", restart.generation()));
                case Effect.PollNow _ -> {}
            }
        }

        private void loaded(long generation, ModelInfo info) {
            URI endpoint = URI.create("http://n:2");
            fleet.submit(new FleetEvent.LoadDone(generation, endpoint, "m", info));
        }
    }

    private static final class Tally {
        private final AtomicInteger asked = new AtomicInteger();
        private final AtomicInteger taken = new AtomicInteger();
        private final AtomicInteger left = new AtomicInteger();
        private final AtomicInteger refused = new AtomicInteger();
        private final AtomicInteger open = new AtomicInteger();
    }

    @Test
    void operatorsReportsAndClientsAllAtOnce() throws Exception {
        report();
        Tally tally = new Tally();
        BusyNode node = new BusyNode();
        Thread commander = Thread.ofPlatform().name("node").start(node);
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            int seed = i;
            clients.add(
                    Thread.ofPlatform()
                            .name("client-" + i)
                            .start(() -> act(new SplittableRandom(seed), tally)));
        }
        SplittableRandom random = new SplittableRandom(99);
        while (clients.stream().anyMatch(Thread::isAlive)) {
            assertThat(fleet.operate(wish(random)).refused()).isNull();
            fleet.snapshot();
        }
        fleet.operate(new FleetEvent.Wish.Undrain("n"));
        try (Ticket ticket = fleet.request(model, FleetEvent.Asker.ANYBODY);
                Lease lease = ticket.await(Duration.ofSeconds(20))) {
            assertThat(lease).as("it serves on").isNotNull();
        }
        assertThat(inFlight()).isZero();
        assertThat(fleet.waiting(model)).isZero();
        assertThat(tally.open).hasValue(0);
        assertThat(tally.taken.get() + tally.left.get() + tally.refused.get())
                .isEqualTo(tally.asked.get());
        assertThat(tally.taken).hasPositiveValue();
        node.ends.set(true);
        commander.join();
    }

    private FleetEvent.Wish wish(SplittableRandom random) {
        return switch (random.nextInt(8)) {
            case 0 -> new FleetEvent.Wish.Unload("m", null, true);
            case 1 -> new FleetEvent.Wish.Pin("m", "n");
            case 2 -> new FleetEvent.Wish.Unpin("m", "n");
            case 3 -> new FleetEvent.Wish.Drain("n", true);
            default -> new FleetEvent.Wish.Undrain("n");
        };
    }

    private void act(SplittableRandom random, Tally tally) {
        for (int i = 0; i < 1_000; i++) {
            tally.asked.incrementAndGet();
            var asker = new FleetEvent.Asker("client" + random.nextInt(3), random.nextInt(5));
            try (Ticket ticket = fleet.request(model, asker)) {
                long patience = random.nextInt(4) == 0 ? 0 : random.nextInt(2_000_000);
                Lease lease = ticket.await(Duration.ofNanos(patience));
                if (lease == null) {
                    tally.left.incrementAndGet();
                    continue;
                }
                try (lease) {
                    tally.taken.incrementAndGet();
                    tally.open.incrementAndGet();
                    if (random.nextInt(50) == 0) {
                        lease.engineGone("broke off");
                    }
                    tally.open.decrementAndGet();
                }
            } catch (FailureException e) {
                tally.refused.incrementAndGet();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}

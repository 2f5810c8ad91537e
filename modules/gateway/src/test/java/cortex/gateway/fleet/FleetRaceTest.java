package cortex.gateway.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.FailureException;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.machine.FleetMachine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
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

    /// Two threads that spin for each other make few rounds where other programs want the cores.
    private static final int FEWEST_ROUNDS = 100;

    private static final Duration LONG_ENOUGH = Duration.ofSeconds(10);

    private final RacedFleet raced = new RacedFleet();
    private final Fleet fleet = raced.fleet;
    private final ModelProfile model = raced.model;

    @Test
    void aGrantAndALeavingAtTheSameMomentLeaveNothingBehind() throws Exception {
        AtomicInteger taken = new AtomicInteger();
        AtomicInteger left = new AtomicInteger();
        for (int round = 0; round < 200; round++) {
            raced.report();
            List<Thread> waiters = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                Ticket ticket = fleet.request(model, FleetEvent.Caller.ANYBODY);
                long nanos = i * 3_000L;
                waiters.add(
                        Thread.ofVirtual()
                                .name("waiter-" + i)
                                .start(() -> waitOrLeave(ticket, nanos, taken, left)));
            }
            raced.load();
            for (Thread waiter : waiters) {
                waiter.join();
            }
            assertThat(raced.inFlight()).as("round %d", round).isZero();
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
        long generation = raced.ready(null);
        AtomicInteger open = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        List<Thread> clients = RacedFleet.clients(choices -> run(choices, open, refused));
        for (int i = 0; i < 200; i++) {
            raced.report(RacedFleet.info(generation));
            fleet.submit(new FleetEvent.Tick());
            fleet.snapshot();
        }
        for (Thread client : clients) {
            client.join();
        }
        assertThat(open).hasValue(0);
        assertThat(raced.inFlight()).isZero();
        assertThat(refused).hasValue(0);
    }

    private void run(SplittableRandom random, AtomicInteger open, AtomicInteger refused) {
        for (int i = 0; i < 2_000; i++) {
            try (Ticket ticket = fleet.request(model, FleetEvent.Caller.ANYBODY)) {
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
        long generation = raced.ready(SLOTS);
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
            raced.report(RacedFleet.info(generation, SLOTS));
            assertThat(raced.inFlight()).as("as told").isBetween(0, limit);
            assertThat(fleet.plan(model).replicas()).hasSize(1);
        }
        assertThat(most.get()).isBetween(1, limit);
        assertThat(leases).hasValue(12 * 1_000);
        assertThat(raced.inFlight()).isZero();
        assertThat(fleet.waiting(model)).isZero();
    }

    private void take(AtomicInteger open, AtomicInteger most, AtomicInteger leases) {
        for (int i = 0; i < 1_000; i++) {
            try (Ticket ticket = fleet.request(model, FleetEvent.Caller.ANYBODY);
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
        raced.ready(SLOTS);
        int limit = SLOTS + FleetMachine.Policy.PLAIN.routing().overSlots();
        for (int i = 1; i < limit; i++) {
            take();
        }
        AtomicReference<@Nullable Ticket> handed = new AtomicReference<>();
        AtomicBoolean over = new AtomicBoolean();
        Thread leaver = Thread.ofPlatform().name("leaver").start(() -> leave(handed, over));
        SplittableRandom random = new SplittableRandom(1);
        long end = System.nanoTime() + LONG_ENOUGH.toNanos();
        int round = 0;
        while (round < ROUNDS && (round < FEWEST_ROUNDS || System.nanoTime() < end)) {
            Lease lease = take();
            handed.set(fleet.request(model, FleetEvent.Caller.ANYBODY));
            spin(random.nextInt(100));
            lease.close();
            while (handed.get() != null) {
                Thread.onSpinWait();
            }
            assertThat(raced.inFlight()).as("round %d", round).isEqualTo(limit - 1);
            round++;
        }
        over.set(true);
        leaver.join();
        assertThat(fleet.waiting(model)).isZero();
    }

    private Lease take() throws InterruptedException {
        Ticket ticket = fleet.request(model, FleetEvent.Caller.ANYBODY);
        return Objects.requireNonNull(ticket.await(Duration.ofSeconds(10)));
    }

    private static void leave(AtomicReference<@Nullable Ticket> handed, AtomicBoolean over) {
        SplittableRandom random = new SplittableRandom(2);
        while (!over.get()) {
            Ticket ticket = handed.get();
            if (ticket == null) {
                Thread.onSpinWait();
                continue;
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
        raced.report();
        Ticket ticket = fleet.request(model, FleetEvent.Caller.ANYBODY);
        raced.load();
        Lease lease = Objects.requireNonNull(ticket.await(Duration.ofSeconds(10)));
        assertThat(ticket.coldStart()).isTrue();
        ticket.close();
        assertThat(raced.inFlight()).as("the lease is the caller's").isEqualTo(1);
        lease.close();
        lease.close();
        assertThat(raced.inFlight()).isZero();
    }
}

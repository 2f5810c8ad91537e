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
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Real threads on the real lock: whatever the interleaving, no lease is lost and none is given
/// twice.
@Timeout(60)
class FleetRaceTest {
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
        var discovery =
                new Discovery(
                        "n", "linux", null, null, null, List.of(), List.of("demo"), null, null);
        var health = new NodeHealth(1, List.of(), 10_000L, null);
        fleet.submit(
                new FleetEvent.NodeReported("n", time.nanos(), discovery, health, List.of(models)));
    }

    private static ModelInfo info(long generation) {
        return new ModelInfo(
                "m",
                "demo",
                ModelStatus.LOADED,
                List.of(),
                null,
                "r" + generation,
                "m",
                0,
                null,
                null,
                null,
                null,
                null);
    }

    private long load() throws InterruptedException {
        Effect.StartLoad load = (Effect.StartLoad) commands.take();
        long generation = load.generation();
        fleet.submit(
                new FleetEvent.LoadDone(
                        generation, URI.create("http://n:2"), "m", info(generation)));
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
}

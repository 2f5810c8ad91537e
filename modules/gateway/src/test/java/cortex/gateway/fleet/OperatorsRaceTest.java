package cortex.gateway.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.FailureException;
import cortex.core.node.ModelInfo;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Real threads on the real lock: operators, a node's reports and clients, all at once.
@Timeout(60)
class OperatorsRaceTest {
    private final RacedFleet raced = new RacedFleet();
    private final Fleet fleet = raced.fleet;
    private final ModelProfile model = raced.model;

    /// A node that does what it is told at once, and reports what it has.
    private final class BusyNode implements Runnable {
        private final Map<String, ModelInfo> engines = new ConcurrentHashMap<>();
        private final AtomicBoolean ends = new AtomicBoolean();

        @Override
        public void run() {
            try {
                while (!ends.get()) {
                    Effect.Command command = raced.commands.poll(1, TimeUnit.MILLISECONDS);
                    if (command == null) {
                        long askedAt = raced.time.nanos();
                        raced.report(askedAt, engines.values().toArray(ModelInfo[]::new));
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
                    ModelInfo info = RacedFleet.info(load.generation());
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
        raced.report();
        Tally tally = new Tally();
        BusyNode node = new BusyNode();
        Thread commander = Thread.ofPlatform().name("node").start(node);
        List<Thread> clients = RacedFleet.clients(choices -> act(choices, tally));
        SplittableRandom random = new SplittableRandom(99);
        while (clients.stream().anyMatch(Thread::isAlive)) {
            assertThat(fleet.operate(wish(random)).refused()).isNull();
            fleet.snapshot();
        }
        fleet.operate(new FleetEvent.Wish.Undrain("n"));
        try (Ticket ticket = fleet.request(model, FleetEvent.Caller.ANYBODY);
                Lease lease = ticket.await(Duration.ofSeconds(20))) {
            assertThat(lease).as("it serves on").isNotNull();
        }
        assertThat(raced.inFlight()).isZero();
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
            var asker = new FleetEvent.Caller("client" + random.nextInt(3), random.nextInt(5));
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

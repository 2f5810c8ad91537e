package cortex.neuron.memory;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.NodeHealth.UnloadCounts;
import cortex.core.time.SystemTime;
import cortex.neuron.harness.EngineFailedException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Memory that comes back at once, late, or never, and what is done and said about it.
@Timeout(60)
class ReclaimTest {
    private static final Duration PATIENCE = Duration.ofMillis(900);

    private final SystemTime time = new SystemTime();
    private final FakeDevices devices = new FakeDevices();
    private final MemoryWatch watch = new MemoryWatch(devices, time);
    private final Reclaim reclaim = new Reclaim(devices, time, PATIENCE);
    private final AtomicReference<@Nullable Boolean> asked = new AtomicReference<>();

    @AfterEach
    void close() {
        watch.close();
    }

    /// A loaded replica on both devices, 300 and 100 MiB of it.
    private Watched loaded() {
        Watched watched = watch.starting(List.of(0, 1));
        watched.started(new FakeHeld(Set.of(7L), null));
        devices.holds(7, 0, 300);
        devices.holds(7, 1, 100);
        watched.ready();
        assertThat(watched.held().totalMb()).isEqualTo(400);
        return watched;
    }

    private @Nullable String nothing(boolean known) {
        asked.set(known);
        return null;
    }

    @Test
    void whatIsBackAtOnceIsFreed() throws Exception {
        Watched watched = loaded();
        watched.leaving();
        devices.gone(7);

        Returned returned = reclaim.await("r", watched, this::nothing);

        assertThat(returned).isEqualTo(new Returned(400L, null, false, null));
        assertThat(asked.get()).isNull();
        assertThat(devices.readings).hasValue(1);
        assertThat(reclaim.counts()).isEqualTo(new UnloadCounts(1, 0, 0, 0, 0));
    }

    @Test
    void whatComesLateIsWaitedFor() throws Exception {
        Watched watched = loaded();
        watched.leaving();
        // The process is gone from the driver's list, its memory not yet from the devices.
        devices.gone(7);
        devices.other[0] += 300;
        devices.other[1] += 100;
        devices.beforeReading =
                () -> {
                    if (devices.readings.get() == 3) {
                        devices.other[0] -= 290;
                    }
                };

        Returned returned = reclaim.await("r", watched, this::nothing);

        assertThat(returned.leakedMb()).isEqualTo(110);
        devices.other[1] -= 100;
        assertThat(reclaim.await("r", watched, this::nothing))
                .isEqualTo(new Returned(390L, null, false, null));
        assertThat(reclaim.counts()).isEqualTo(new UnloadCounts(1, 1, 0, 0, 110));
    }

    @Test
    void whatOthersTakeAndGiveBackMeanwhileIsNotItsOwn() throws Exception {
        devices.holds(50, 0, 200);
        Watched watched = loaded();
        watched.leaving();
        devices.gone(7);
        devices.gone(50);
        devices.holds(51, 0, 400);
        devices.holds(51, 1, 400);

        assertThat(reclaim.await("r", watched, this::nothing).freedMb()).isEqualTo(400);
    }

    @Test
    void whatNeverComesBackIsALeakAndTheProcessThatHoldsItIsNamed() throws Exception {
        Watched watched = loaded();
        watched.leaving();
        devices.gone(7);
        devices.holds(7, 0, 280);

        Returned returned = reclaim.await("r", watched, this::nothing);

        assertThat(returned).isEqualTo(new Returned(120L, 280L, false, "process 7 holds 280 MiB"));
        assertThat(asked.get()).isTrue();
        assertThat(reclaim.counts()).isEqualTo(new UnloadCounts(0, 1, 0, 0, 280));
    }

    @Test
    void anEscalationThatHelpsIsNoLeak() throws Exception {
        Watched watched = loaded();
        watched.leaving();

        Returned returned =
                reclaim.await(
                        "r",
                        watched,
                        known -> {
                            devices.gone(7);
                            return "stopped its unit";
                        });

        assertThat(returned).isEqualTo(new Returned(400L, null, true, "stopped its unit"));
        assertThat(reclaim.counts()).isEqualTo(new UnloadCounts(1, 0, 0, 1, 0));
    }

    @Test
    void anEscalationThatFailsLeavesTheLeak() throws Exception {
        Watched watched = loaded();
        watched.leaving();

        Returned returned =
                reclaim.await(
                        "r",
                        watched,
                        known -> {
                            throw new EngineFailedException("no permission");
                        });

        assertThat(returned.leakedMb()).isEqualTo(400);
        assertThat(returned.escalated()).isFalse();
    }

    @Test
    void unknownIsNeitherFreedNorLeaked() throws Exception {
        Watched watched = loaded();
        watched.leaving();
        devices.hangs = true;
        long from = time.nanos();

        Returned returned = reclaim.await("r", watched, this::nothing);

        assertThat(Duration.ofNanos(time.nanos() - from)).isLessThan(PATIENCE.multipliedBy(5));
        assertThat(returned).isEqualTo(Returned.UNKNOWN);
        assertThat(asked.get()).isFalse();
        assertThat(reclaim.counts()).isEqualTo(new UnloadCounts(0, 0, 1, 0, 0));
    }

    @Test
    void aReadingThatDoesNotComeInTimeLeavesWhatTheLastOneTold() throws Exception {
        Watched watched = loaded();
        watched.leaving();
        devices.beforeReading = () -> devices.late = devices.readings.get() == 3;

        Returned returned = reclaim.await("r", watched, this::nothing);

        assertThat(returned.leakedMb()).isEqualTo(400);
        assertThat(asked.get()).isTrue();
    }

    @Test
    void withoutNamedProcessesOnlyWhatIsAloneOnItsDevicesIsMeasured() throws Exception {
        devices.tells = false;
        Watched alone = watch.starting(List.of(0));
        alone.started(new FakeHeld(Set.of(), null));
        devices.other[0] += 300;
        alone.ready();
        assertThat(alone.held().totalMb()).isEqualTo(300);
        alone.leaving();
        devices.other[0] -= 300;
        assertThat(reclaim.await("r", alone, this::nothing).freedMb()).isEqualTo(300);

        Watched another = watch.starting(List.of(0));
        assertThat(reclaim.await("r", alone, this::nothing)).isEqualTo(Returned.UNKNOWN);
        another.end();
    }

    @Test
    void aModelOnTheCpuIsGoneWithItsProcess() throws Exception {
        Watched watched = watch.starting(List.of());
        watched.started(new FakeHeld(Set.of(7L), 50L));
        watched.leaving();

        assertThat(reclaim.await("r", watched, this::nothing)).isEqualTo(Returned.UNKNOWN);
        assertThat(asked.get()).isNull();
        assertThat(reclaim.counts()).isEqualTo(new UnloadCounts(0, 0, 0, 0, 0));
    }

    @Test
    void oneThatDiedIsMeasuredByTheLastReadingItWasSeenIn() throws Exception {
        Watched watched = loaded();
        devices.gone(7);
        assertThat(watched.held().totalMb()).isNull();
        watched.gone();

        assertThat(reclaim.await("r", watched, Reclaim.Escalation.NONE).freedMb()).isEqualTo(400);
    }

    @Test
    void nobodyWaitsOnceItIsClosed() throws Exception {
        Watched watched = loaded();
        watched.leaving();
        reclaim.close();

        reclaim.await("r", watched, this::nothing);

        assertThat(devices.readings).hasValue(1);
    }
}

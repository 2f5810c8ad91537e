package cortex.neuron.device;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DevicesTest {
    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final Duration LONG = Duration.ofSeconds(20);

    private final ManualTime time = new ManualTime();
    private final LinkedBlockingQueue<DeviceReading> readings = new LinkedBlockingQueue<>();
    private final Semaphore begun = new Semaphore(0);
    private final Devices devices =
            Devices.start(
                    List.of(
                            new OneProbe(() -> {
                                begun.release();
                                return readings.take();
                            })),
                    INTERVAL,
                    time);

    @AfterEach
    void stop() {
        devices.close();
    }

    private static DeviceReading good(long usedMb) {
        return new DeviceReading(
                true,
                List.of(
                        new Device(
                                Gpus.info(0, "GPU", "GPU-1", 100L),
                                new DeviceHealth(0, usedMb, 100 - usedMb, 5, 40))),
                List.of(new ProcessMemory(7, 0, usedMb)),
                null);
    }

    private void next(DeviceReading reading) throws InterruptedException {
        readings.add(reading);
        time.awaitSleeper();
    }

    @Test
    void answersBeforeAndDuringAReading() throws Exception {
        assertThat(begun.tryAcquire(20, TimeUnit.SECONDS)).isTrue();

        assertThat(devices.snapshot().age()).isNull();
        assertThat(devices.snapshot().note()).contains("first reading");
        assertThat(devices.awaitFirst(Duration.ofMillis(1))).isFalse();

        next(good(10));
        assertThat(devices.awaitFirst(LONG)).isTrue();
        time.advance(INTERVAL);
        assertThat(begun.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
        DeviceSnapshot during = devices.snapshot();
        assertThat(during.age()).isEqualTo(INTERVAL);
        assertThat(during.healths()).containsExactly(new DeviceHealth(0, 10L, 90L, 5, 40));
        assertThat(during.note()).isNull();
    }

    @Test
    void repeatedFailureMakesTheNumbersUnknownAndKeepsTheDevices() throws Exception {
        next(good(10));
        for (int i = 1; i < ProbeReader.FAILURES_UNTIL_UNKNOWN; i++) {
            time.advance(INTERVAL);
            next(DeviceReading.failed("it hangs"));
            assertThat(devices.snapshot().healths().getFirst().vramUsedMb()).isEqualTo(10);
            assertThat(devices.snapshot().note()).isEqualTo("it hangs");
        }
        time.advance(INTERVAL);
        next(DeviceReading.failed("it hangs"));

        DeviceSnapshot unknown = devices.snapshot();
        assertThat(unknown.healths()).containsExactly(new DeviceHealth(0, null, null, null, null));
        assertThat(unknown.infos()).extracting(DeviceInfo::vramTotalMb).containsExactly(100L);
        assertThat(unknown.usedMb(List.of(7L))).isNull();
        assertThat(unknown.age()).isEqualTo(INTERVAL.multipliedBy(3));

        time.advance(INTERVAL);
        next(good(20));
        assertThat(devices.snapshot().healths().getFirst().vramUsedMb()).isEqualTo(20);
        assertThat(devices.snapshot().age()).isZero();
        assertThat(devices.snapshot().note()).isNull();
    }

    @Test
    void aReadingThatHangsMakesTheNumbersUnknownTooInTheEnd() throws Exception {
        next(good(10));
        begun.acquire();
        time.advance(INTERVAL);
        assertThat(begun.tryAcquire(20, TimeUnit.SECONDS)).isTrue();

        time.advance(Duration.ofSeconds(9));
        assertThat(devices.snapshot().healths().getFirst().vramUsedMb()).isEqualTo(10);
        time.advance(Duration.ofSeconds(1));
        assertThat(devices.snapshot().healths().getFirst().vramUsedMb()).isNull();
        assertThat(devices.snapshot().infos()).hasSize(1);
    }

    @Test
    void aRefreshReadsAtOnceAndAgainWhileMemorySettles() throws Exception {
        next(good(10));
        begun.acquire();

        devices.refresh();

        assertThat(begun.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
        next(good(11));
        for (int i = 0; i < 4; i++) {
            time.advance(Duration.ofMillis(500));
            assertThat(begun.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
            next(good(12));
        }
        time.advance(Duration.ofMillis(500));
        assertThat(time.sleepers()).isEqualTo(1);
        assertThat(begun.tryAcquire()).isFalse();
    }

    @Test
    void whoWantsANewerReadingGetsOneThatBeganLater() throws Exception {
        next(good(10));
        begun.acquire();
        time.advance(Duration.ofMillis(1));
        long now = time.nanos();
        LinkedBlockingQueue<DeviceSnapshot> seen = new LinkedBlockingQueue<>();
        Thread waiting =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                seen.add(devices.awaitSince(List.of(0), now, LONG));
                            } catch (InterruptedException e) {
                                throw new AssertionError(e);
                            }
                        });
        assertThat(begun.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
        assertThat(seen).isEmpty();
        readings.add(good(11));

        DeviceSnapshot got = seen.take();
        waiting.join();
        assertThat(got.usedMb(0)).isEqualTo(11);
        assertThat(got.begunNanos(List.of(0))).isEqualTo(now);
    }

    @Test
    void whoWantsANewerReadingDoesNotWaitForOneThatHangs() throws Exception {
        next(good(10));
        time.advance(Duration.ofMillis(1));

        DeviceSnapshot old = devices.awaitSince(List.of(0), time.nanos(), Duration.ofMillis(50));

        assertThat(old.usedMb(0)).isEqualTo(10);
    }

    @Test
    void aRefreshDuringAReadingLeadsToAnother() throws Exception {
        begun.acquire();
        devices.refresh();
        readings.add(good(10));

        assertThat(begun.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
        next(good(11));
        assertThat(devices.snapshot().healths().getFirst().vramUsedMb()).isEqualTo(11);
    }

    @Test
    void aProbeThatThrowsIsAFailureNotTheEnd() throws Exception {
        CountDownLatch twice = new CountDownLatch(2);
        try (Devices broken =
                Devices.start(
                        List.of(
                                new OneProbe(() -> {
                                    twice.countDown();
                                    throw new IllegalStateException("bug");
                                })),
                        Duration.ZERO,
                        time)) {
            assertThat(twice.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(broken.snapshot().note()).contains("bug");
        }
    }

    @Test
    void memoryOfProcessesIsAddedUpAndUnknownWhenNoneIsTold() {
        DeviceSnapshot snapshot =
                new DeviceSnapshot(
                        List.of(
                                new VendorSnapshot(
                                        List.of(),
                                        List.of(
                                                new ProcessMemory(1, 0, 4),
                                                new ProcessMemory(1, 1, 6),
                                                new ProcessMemory(2, 1, 20)),
                                        null,
                                        null,
                                        null)));

        assertThat(snapshot.usedMb(List.of(1L, 2L, 2L, 3L))).isEqualTo(30);
        assertThat(snapshot.usedMb(List.of(1L, 2L), List.of(1, 0, 2))).containsExactly(26L, 4L, 0L);
        assertThat(snapshot.usedMb(List.of(3L), List.of(0))).isNull();
        assertThat(snapshot.usedMb(List.of(3L))).isNull();
        assertThat(snapshot.usedMb(List.of())).isNull();
    }
}

package cortex.neuron.device;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The probes of several vendors under one roof.
@Timeout(30)
class SideBySideTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration INTERVAL = Duration.ofSeconds(5);

    private final ManualTime time = new ManualTime();
    private final CountDownLatch forever = new CountDownLatch(1);

    private static DeviceReading one(@Nullable List<ProcessMemory> processes) {
        return new DeviceReading(
                true,
                List.of(
                        new Device(
                                new DeviceInfo(
                                        1,
                                        "acme",
                                        "Acme 1",
                                        "A-1",
                                        100L,
                                        null,
                                        Map.of("speed", "9")),
                                new DeviceHealth(1, 40L, 60L, null, null))),
                processes,
                null);
    }

    private Devices start(OneProbe... probes) {
        return Devices.start(List.of(probes), INTERVAL, time);
    }

    @Test
    void theIndexesOfVendorsNeverMeetAndDependOnTheListAlone() throws Exception {
        List<ProcessMemory> held =
                List.of(new ProcessMemory(7, 1, 30), new ProcessMemory(8, null, 1));
        try (Devices devices =
                start(
                        new OneProbe("first", () -> one(List.of())),
                        new OneProbe("broken", () -> DeviceReading.failed("broken-smi is lost.")),
                        new OneProbe("acme", () -> one(held)))) {
            assertThat(devices.awaitFirst(LONG)).isTrue();

            DeviceSnapshot now = devices.snapshot();

            assertThat(now.infos()).extracting(DeviceInfo::index).containsExactly(1, 20_001);
            assertThat(now.healths()).extracting(DeviceHealth::index).containsExactly(1, 20_001);
            assertThat(now.infos().getLast().capability()).containsEntry("speed", "9");
            assertThat(now.note()).isEqualTo("broken-smi is lost.");
            assertThat(now.age()).isZero();
            assertThat(now.usedMb(20_001)).isEqualTo(40);
            assertThat(now.withoutOthersMb(20_001, java.util.Set.of())).isEqualTo(10);
            assertThat(now.byProcess(List.of(20_001))).isEqualTo(Map.of(7L, 30L));
            assertThat(now.byProcess(List.of(1))).isEmpty();
        }
    }

    @Test
    void aVendorThatTellsNoProcessesDoesNotSilenceAnother() throws Exception {
        try (Devices devices =
                start(
                        new OneProbe("quiet", () -> one(null)),
                        new OneProbe("acme", () -> one(List.of(new ProcessMemory(7, 1, 30)))))) {
            assertThat(devices.awaitFirst(LONG)).isTrue();

            DeviceSnapshot now = devices.snapshot();

            assertThat(now.byProcess(List.of(1))).isNull();
            assertThat(now.byProcess(List.of(1, 10_001))).isNull();
            assertThat(now.byProcess(List.of(10_001))).isEqualTo(Map.of(7L, 30L));
            assertThat(now.usedMb(List.of(7L))).isEqualTo(30);
        }
    }

    @Test
    void aProbeThatHangsHidesNoDeviceOfAnother() throws Exception {
        Semaphore read = new Semaphore(0);
        try (Devices devices =
                start(
                        new OneProbe(
                                "hung",
                                () -> {
                                    forever.await();
                                    return one(null);
                                }),
                        new OneProbe(
                                "acme",
                                () -> {
                                    read.release();
                                    return one(null);
                                }))) {
            assertThat(devices.awaitFirst(Duration.ofMillis(1))).isFalse();
            read.acquire();
            time.awaitSleeper();

            long now = time.nanos();
            DeviceSnapshot fresh = devices.awaitSince(List.of(10_001), now, LONG);

            assertThat(fresh.infos()).extracting(DeviceInfo::index).containsExactly(10_001);
            assertThat(fresh.begunNanos(List.of(10_001))).isEqualTo(now);
            assertThat(fresh.begunNanos(List.of(1))).isNull();
            assertThat(fresh.age()).isZero();
            assertThat(fresh.note()).contains("first reading");
        }
    }

    @Test
    void aHostWhoseDevicesWereNeverReadSaysSo() throws Exception {
        try (Devices devices =
                start(
                        new OneProbe("broken", () -> DeviceReading.failed("It is lost.")),
                        new OneProbe(
                                "none", () -> new DeviceReading(true, List.of(), null, null)))) {
            assertThat(devices.awaitFirst(LONG)).isTrue();

            assertThat(devices.snapshot().age()).isNull();
            assertThat(devices.snapshot().note()).isEqualTo("It is lost.");
        }
    }

    @Test
    void eachVendorIsAskedForItsOwnDevicesOnly() throws Exception {
        try (Devices devices =
                start(
                        new OneProbe("quiet", () -> one(null)),
                        new OneProbe("acme", () -> one(null)))) {
            assertThat(devices.awaitFirst(LONG)).isTrue();

            assertThat(devices.environment(List.of(10_001)))
                    .isEqualTo(Map.of("quiet_DEVICES", "", "acme_DEVICES", "A-1"));
            assertThat(devices.environment(List.of(10_002, 10_001)))
                    .isEqualTo(Map.of("quiet_DEVICES", "", "acme_DEVICES", "2,1"));
            assertThat(devices.environment(List.of()))
                    .isEqualTo(Map.of("quiet_DEVICES", "", "acme_DEVICES", ""));
        }
    }
}

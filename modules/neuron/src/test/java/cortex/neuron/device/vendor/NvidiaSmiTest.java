package cortex.neuron.device.vendor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import cortex.core.node.DeviceMemory;
import cortex.neuron.device.Device;
import cortex.neuron.device.DeviceProbe.Bound;
import cortex.neuron.device.DeviceReading;
import cortex.neuron.device.ProcessMemory;
import cortex.neuron.device.vendor.Command.End;
import cortex.neuron.device.vendor.Command.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NvidiaSmiTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    @TempDir private Path dir;

    private DeviceReading replay(String capture) throws Exception {
        return new NvidiaSmi(Captures.replay(dir, capture).toString(), TIMEOUT).read();
    }

    @Test
    void readsOneDevice() throws Exception {
        DeviceReading reading = replay("one");

        assertThat(reading.ok()).isTrue();
        assertThat(reading.note()).isNull();
        assertThat(reading.devices())
                .containsExactly(
                        new Device(
                                new DeviceInfo(
                                        0,
                                        "nvidia",
                                        "NVIDIA GeForce RTX 4080 SUPER",
                                        "GPU-4f1c7a52-6d0e-9b33-2a8f-5c1d2e3f4a5b",
                                        16376L,
                                        DeviceMemory.OWN,
                                        Map.of(
                                                "compute",
                                                "8.9",
                                                "driver",
                                                "595.71.05",
                                                "cuda",
                                                "13.2")),
                                new DeviceHealth(0, 596L, 15348L, 0, 43)));
        assertThat(reading.processes())
                .containsExactlyInAnyOrder(
                        new ProcessMemory(21180, 0, 2296), new ProcessMemory(1402, 0, 61));
    }

    @Test
    void ordersDevicesByIndexAndAddsUpAProcessOverThem() throws Exception {
        DeviceReading reading = replay("two");

        assertThat(reading.devices()).extracting(d -> d.info().index()).containsExactly(0, 1);
        assertThat(reading.devices())
                .extracting(d -> d.health().vramFreeMb())
                .containsExactly(81081L, 15427L);
        assertThat(reading.processes())
                .extracting(ProcessMemory::pid, ProcessMemory::device, ProcessMemory::mb)
                .containsExactlyInAnyOrder(
                        tuple(4711L, 1, 20000L), tuple(4711L, 0, 5000L), tuple(4712L, 1, 10122L));
    }

    @Test
    void idleMeansZeroUsedAndNoProcesses() throws Exception {
        DeviceReading reading = replay("idle");

        assertThat(reading.devices().getFirst().health())
                .isEqualTo(new DeviceHealth(0, 0L, 14917L, 0, 29));
        assertThat(reading.processes()).isEmpty();
    }

    @Test
    void whatTheDriverDoesNotTellIsUnknown() throws Exception {
        DeviceReading reading = replay("na");

        assertThat(reading.ok()).isTrue();
        assertThat(reading.devices())
                .containsExactly(
                        new Device(
                                new DeviceInfo(
                                        0,
                                        "nvidia",
                                        "NVIDIA GB10",
                                        "GPU-c0ffee00-1234-5678-9abc-def012345678",
                                        null,
                                        DeviceMemory.UNIFIED,
                                        Map.of("compute", "12.1", "driver", "580.95.05")),
                                new DeviceHealth(0, null, null, null, null)),
                        new Device(
                                new DeviceInfo(
                                        1,
                                        "nvidia",
                                        "NVIDIA RTX A2000, 12GB",
                                        null,
                                        12282L,
                                        DeviceMemory.OWN,
                                        Map.of("driver", "580.95.05")),
                                new DeviceHealth(1, null, null, null, 55)));
        assertThat(reading.processes()).isEmpty();
    }

    @Test
    void aSplitGpuIsReplacedByItsInstances() throws Exception {
        List<Device> devices = replay("mig").devices();

        assertThat(devices).extracting(d -> d.info().index()).containsExactly(1, 2, 100, 101);
        assertThat(devices)
                .extracting(d -> d.info().name())
                .containsExactly(
                        "NVIDIA H100 80GB HBM3",
                        "NVIDIA H100 80GB HBM3 MIG (no instance)",
                        "NVIDIA H100 80GB HBM3 MIG 3g.40gb",
                        "NVIDIA H100 80GB HBM3 MIG 1g.10gb+me");
        assertThat(devices)
                .extracting(Device::health)
                .containsExactly(
                        new DeviceHealth(1, 1L, 81080L, 0, 33),
                        new DeviceHealth(2, null, null, null, 35),
                        new DeviceHealth(100, 298L, 40151L, null, 42),
                        new DeviceHealth(101, null, null, null, 42));
        assertThat(devices)
                .extracting(d -> d.info().vramTotalMb())
                .containsExactly(81559L, null, 40448L, 9856L);
        assertThat(devices)
                .extracting(d -> d.info().capability().get("mig"))
                .containsExactly(null, null, "3g.40gb", "1g.10gb+me");
        assertThat(devices.get(2).info().uuid())
                .isEqualTo("MIG-0c1d2e3f-aaaa-5bbb-8ccc-000000000000");
    }

    @Test
    void understandsTheWordingOfDriver610() throws Exception {
        DeviceReading reading = replay("new610");

        assertThat(reading.devices().getFirst().info().capability())
                .containsEntry("driver", "610.57.04")
                .containsEntry("cuda", "13.3");
    }

    @Test
    void doesWithoutFieldsThatAnOldDriverDoesNotKnow() throws Exception {
        NvidiaSmi smi = new NvidiaSmi(Captures.replay(dir, "old").toString(), TIMEOUT);

        for (DeviceReading reading : List.of(smi.read(), smi.read())) {
            assertThat(reading.ok()).isTrue();
            assertThat(reading.devices())
                    .containsExactly(
                            new Device(
                                    new DeviceInfo(
                                            0,
                                            "nvidia",
                                            "GeForce GTX 1080 Ti",
                                            "GPU-abcdef01-2345-6789-abcd-ef0123456789",
                                            11178L,
                                            DeviceMemory.OWN,
                                            Map.of("driver", "440.33.01", "cuda", "10.2")),
                                    new DeviceHealth(0, 10L, 11168L, 0, 40)));
        }
    }

    @Test
    void asksTheCudaVersionOncePerDriver() throws Exception {
        List<List<String>> asked = new ArrayList<>();
        String csv = Captures.text("one", "query-gpu");
        NvidiaSmi smi =
                new NvidiaSmi(
                        "nvidia-smi",
                        TIMEOUT,
                        arguments -> {
                            asked.add(arguments);
                            String first = arguments.getFirst();
                            return exited(
                                    0,
                                    first.startsWith("--query-gpu")
                                            ? csv
                                            : first.equals("--version")
                                                    ? "CUDA Version : 13.2"
                                                    : "");
                        });

        smi.read();
        smi.read();

        assertThat(asked).filteredOn(List.of("--version")::equals).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "no-driver | couldn't communicate with the NVIDIA driver | (exit 9)",
                "mismatch | Driver/library version mismatch NVML library version: 580.95 | reboot",
            })
    void saysWhyNothingCanBeRead(String capture, String why, String more) throws Exception {
        DeviceReading reading = replay(capture);

        assertThat(reading.ok()).isFalse();
        assertThat(reading.devices()).isEmpty();
        assertThat(reading.note()).contains(why).contains(more).doesNotContain("\n");
    }

    @Test
    void noDevicesIsAnAnswerNotAFailure() throws Exception {
        DeviceReading reading = replay("no-devices");

        assertThat(reading.ok()).isTrue();
        assertThat(reading.devices()).isEmpty();
        assertThat(reading.note()).contains("finds no devices");
    }

    @Test
    void oneLostGpuDoesNotHideTheOthers() throws Exception {
        DeviceReading reading = replay("lost");

        assertThat(reading.ok()).isTrue();
        assertThat(reading.devices()).extracting(d -> d.info().index()).containsExactly(0);
        assertThat(reading.note()).contains("Some devices cannot be read").contains("GPU is lost");
    }

    @Test
    void aMissingProgramIsSaidPlainly() throws Exception {
        DeviceReading reading = new NvidiaSmi(dir.resolve("none").toString(), TIMEOUT).read();

        assertThat(reading.ok()).isFalse();
        assertThat(reading.note())
                .contains("cannot be started")
                .contains("there is no such program");
    }

    @Test
    void aHostWithoutTheProgramHasNoDevicesAndNothingIsWrong() throws Exception {
        DeviceReading reading = new NvidiaSmi("no-such-nvidia-smi", TIMEOUT).read();

        assertThat(reading.ok()).isTrue();
        assertThat(reading.devices()).isEmpty();
        assertThat(reading.note())
                .isEqualTo("No NVIDIA devices: no-such-nvidia-smi not found on the PATH.");
    }

    @Test
    void aProgramThatWasThereAndIsGoneIsMissed() throws Exception {
        Deque<Result> runs = new ArrayDeque<>();
        runs.add(new Result(End.EXITED, 6, "No devices were found", "", null));
        runs.add(new Result(End.NOT_STARTED, -1, "", "there is no such program", null));
        NvidiaSmi smi = new NvidiaSmi("nvidia-smi", TIMEOUT, arguments -> runs.remove());

        assertThat(smi.read().ok()).isTrue();
        assertThat(smi.read().ok()).isFalse();
    }

    @Test
    void aProgramThatVanishesLeavesTheDevicesUnread() throws Exception {
        Path smi = Captures.script(dir, "exit 9\n");
        NvidiaSmi probe = new NvidiaSmi(smi.toString(), TIMEOUT);
        assertThat(probe.read().ok()).isFalse();
        Files.delete(smi);

        DeviceReading reading = probe.read();

        assertThat(reading.ok()).isFalse();
        assertThat(reading.note()).contains("cannot be started any more");
    }

    @Test
    void aProgramThatHangsIsSaidToHang() throws Exception {
        Path smi = Captures.script(dir, "sleep 600\n");

        DeviceReading reading = new NvidiaSmi(smi.toString(), Duration.ofMillis(300)).read();

        assertThat(reading.ok()).isFalse();
        assertThat(reading.note()).contains("did not answer within 0.3 s");
    }

    @Test
    void garbageIsNotADevice() throws Exception {
        Path smi = Captures.script(dir, "head -c 100000 /dev/urandom\n");

        DeviceReading reading = new NvidiaSmi(smi.toString(), TIMEOUT).read();

        assertThat(reading.ok()).isFalse();
        assertThat(reading.devices()).isEmpty();
        assertThat(reading.note()).hasSizeLessThan(600);
    }

    @Test
    void whileOneCannotBeKilledNoOtherIsStarted() throws Exception {
        Process stubborn = new ProcessBuilder("sleep", "600").start();
        try {
            List<List<String>> asked = new ArrayList<>();
            NvidiaSmi smi =
                    new NvidiaSmi(
                            "nvidia-smi",
                            TIMEOUT,
                            arguments -> {
                                asked.add(arguments);
                                return new Command.Result(
                                        Command.End.TIMED_OUT, -1, "", "", stubborn.toHandle());
                            });

            smi.read();
            DeviceReading second = smi.read();

            assertThat(asked).hasSize(1);
            assertThat(second.note()).contains("cannot be killed").contains("" + stubborn.pid());
            stubborn.destroyForcibly().waitFor();
            smi.read();
            assertThat(asked).hasSize(2);
        } finally {
            stubborn.destroyForcibly().waitFor();
        }
    }

    @Test
    void unreadableInstanceMemoryIsUnknown() throws Exception {
        List<NvidiaSmiParser.Row> rows =
                NvidiaSmiParser.rows(NvidiaSmiParser.FIELDS, Captures.text("mig", "query-gpu"));

        List<Device> devices = MigParser.replace(rows, Captures.text("mig", "list"), "<nvidia");

        assertThat(devices).hasSize(4);
        assertThat(devices.getFirst().info().name()).endsWith("MIG 3g.40gb");
        assertThat(devices.getFirst().info().vramTotalMb()).isNull();
        assertThat(devices.getFirst().health().vramFreeMb()).isNull();
    }

    @Test
    void theReplayRefusesWhatNoDriverUnderstands() throws Exception {
        // The scripts must be able to fail, or the tests above would prove nothing.
        Path smi = Captures.replay(dir, "one");
        Command.Result result = Command.run(List.of(smi.toString(), "--nonsense"), TIMEOUT);
        assertThat(result.exit()).isEqualTo(2);
        assertThat(Files.exists(smi)).isTrue();
    }

    @Test
    void enginesAreBoundByUuidWhereKnownElseByIndex() {
        var smi = new NvidiaSmi("nvidia-smi", TIMEOUT);
        var known = List.of(new Bound(2, "GPU-c"), new Bound(0, "GPU-a"));
        var half = List.of(new Bound(2, "GPU-c"), new Bound(0, null));

        assertThat(smi.environment(known)).containsEntry("CUDA_VISIBLE_DEVICES", "GPU-c,GPU-a");
        assertThat(smi.environment(half))
                .isEqualTo(
                        Map.of(
                                "CUDA_DEVICE_ORDER", "PCI_BUS_ID",
                                "CUDA_VISIBLE_DEVICES", "2,0"));
        assertThat(smi.environment(List.of())).containsEntry("CUDA_VISIBLE_DEVICES", "");
    }

    private static Command.Result exited(int code, String out) {
        return new Command.Result(Command.End.EXITED, code, out, "", null);
    }
}

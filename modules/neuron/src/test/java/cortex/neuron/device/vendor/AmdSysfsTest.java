package cortex.neuron.device.vendor;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import cortex.neuron.device.Device;
import cortex.neuron.device.DeviceProbe.Bound;
import cortex.neuron.device.DeviceReading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AmdSysfsTest {
    private static final Map<String, String> XTX =
            Map.of(
                    "vendor", "0x1002",
                    "device", "0x744c",
                    "unique_id", "deadbeef00000001",
                    "mem_info_vram_total", "25753026560",
                    "mem_info_vram_used", "1073741824",
                    "gpu_busy_percent", "7",
                    "hwmon/hwmon3/temp1_input", "41500");

    @TempDir private Path sys;
    private SysTree tree;
    private AmdSysfs amd;

    @BeforeEach
    void makeTree() {
        tree = new SysTree(sys);
        amd = new AmdSysfs(sys);
    }

    @Test
    void aCardIsReadInMebibytesAndDegrees() throws Exception {
        tree.card("card1", "0000:03:00.0", XTX);
        tree.node(0, "cpu_cores_count 16\nsimd_count 0\n");
        tree.node(1, "simd_count 192\ngfx_target_version 110000\nlocation_id 768\ndomain 0\n");

        DeviceReading reading = amd.read();

        assertThat(reading.ok()).isTrue();
        assertThat(reading.note()).isNull();
        assertThat(reading.processes()).isNull();
        assertThat(reading.devices())
                .containsExactly(
                        new Device(
                                new DeviceInfo(
                                        0,
                                        "amd",
                                        "AMD GPU 0x744c",
                                        "GPU-deadbeef00000001",
                                        24_560L,
                                        null,
                                        Map.of("gfx", "gfx1100")),
                                new DeviceHealth(0, 1_024L, 23_536L, 7, 41)));
    }

    @Test
    void cardsOfOthersAndOfOtherDriversAreLeftOut() throws Exception {
        tree.card("card0", "0000:01:00.0", Map.of("vendor", "0x10de", "device", "0x2684"));
        tree.card("card1", "0000:02:00.0", Map.of("vendor", "0x1002", "device", "0x6779"));
        Files.writeString(sys.resolve("class/drm/version"), "drm 1.1.0 20060810\n");

        assertThat(amd.read()).isEqualTo(new DeviceReading(true, List.of(), null, null));
    }

    @Test
    void aHostWithoutGraphicsHasNoneAndNothingIsWrong() throws IOException {
        assertThat(amd.read()).isEqualTo(new DeviceReading(true, List.of(), null, null));
        Files.createDirectories(sys.resolve("class"));
        Files.writeString(sys.resolve("class/drm"), "not a directory");
        assertThat(amd.read()).isEqualTo(new DeviceReading(true, List.of(), null, null));
    }

    @Test
    void theOrderIsTheComputeDriversAndAnIndexStaysWithItsCard() throws Exception {
        tree.card("card0", "0000:03:00.0", XTX);
        Path second = tree.card("card1", "0000:83:00.0", XTX);
        SysTree.write(second, "product_name", "AMD Instinct MI300X\n");
        tree.node(1, "simd_count 304\ngfx_target_version 90402\nlocation_id 33536\n");
        tree.node(2, "simd_count 192\ngfx_target_version 110000\nlocation_id 768\n");

        assertThat(amd.read().devices())
                .extracting(device -> device.info().name())
                .containsExactly("AMD Instinct MI300X", "AMD GPU 0x744c");
        assertThat(amd.read().devices().getFirst().info().capability())
                .containsEntry("gfx", "gfx942");

        Files.delete(sys.resolve("class/drm/card1/device"));
        assertThat(amd.read().devices())
                .singleElement()
                .satisfies(device -> {
                    assertThat(device.info().index()).isEqualTo(1);
                    assertThat(device.health().index()).isEqualTo(1);
                });
    }

    @Test
    void whatIsNotToldIsUnknown() throws Exception {
        Path files =
                tree.card(
                        "card0",
                        "0000:c4:00.0",
                        Map.of(
                                "vendor", "0x1002",
                                "unique_id", "0000000000000000",
                                "mem_info_vram_total", "536870912"));
        Files.createDirectory(files.resolve("mem_info_vram_used"));

        DeviceReading reading = amd.read();

        assertThat(reading.note()).contains("The memory of AMD device 0000:c4:00.0");
        Device device = reading.devices().getFirst();
        assertThat(device.info().name()).isEqualTo("AMD GPU");
        assertThat(device.info().uuid()).isNull();
        assertThat(device.info().capability()).isEmpty();
        assertThat(device.health()).isEqualTo(new DeviceHealth(0, null, null, null, null));
    }

    @Test
    void enginesAreBoundByIdentityWhereKnownElseByIndex() {
        assertThat(amd.environment(List.of(new Bound(1, "GPU-b"), new Bound(0, "GPU-a"))))
                .isEqualTo(
                        Map.of(
                                "ROCR_VISIBLE_DEVICES", "GPU-b,GPU-a",
                                "HIP_VISIBLE_DEVICES", "0,1"));
        assertThat(amd.environment(List.of(new Bound(1, "GPU-b"), new Bound(0, null))))
                .isEqualTo(Map.of("HIP_VISIBLE_DEVICES", "1,0"));
        assertThat(amd.environment(List.of())).isEqualTo(Map.of("HIP_VISIBLE_DEVICES", "-1"));
    }
}

package cortex.neuron.device.vendor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import cortex.core.node.DeviceMemory;
import cortex.core.time.SystemTime;
import cortex.neuron.device.Device;
import cortex.neuron.device.DeviceProbe;
import cortex.neuron.device.DeviceReading;
import cortex.neuron.device.Devices;
import cortex.neuron.device.ProcessMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Does what docs/extending/device-vendor.md says, with a vendor that does not exist.
@Timeout(30)
class NewVendorTest {
    @TempDir private Path dir;

    /// Step 1 of the page.
    private record Acme(Path files) implements DeviceProbe {
        @Override
        public String vendor() {
            return "acme";
        }

        @Override
        public DeviceReading read() {
            String[] told;
            try {
                told = Files.readString(files.resolve("card")).strip().split(" ", -1);
            } catch (IOException e) {
                return DeviceReading.failed("The Acme card cannot be read: " + e);
            }
            long total = Long.parseLong(told[1]);
            long used = Long.parseLong(told[2]);
            DeviceInfo info =
                    new DeviceInfo(
                            0,
                            vendor(),
                            "Acme Rocket",
                            told[0],
                            total,
                            DeviceMemory.UNIFIED,
                            Map.of("stages", "3"));
            DeviceHealth health = new DeviceHealth(0, used, total - used, null, null);
            return new DeviceReading(
                    true,
                    List.of(new Device(info, health)),
                    List.of(new ProcessMemory(4711, 0, used)),
                    null);
        }

        @Override
        public Map<String, String> environment(List<Bound> devices) {
            return Map.of("ACME_VISIBLE", Bound.list(devices));
        }
    }

    @Test
    void aToyVendorStandsBesideTheOthers() throws Exception {
        Files.writeString(dir.resolve("card"), "ACME-1 4096 1024\n");
        String noTool = dir.resolve("none").toString();
        List<DeviceProbe> probes =
                new ArrayList<>(Vendors.probes(List.of("nvidia"), noTool, Duration.ofSeconds(5)));
        int at = probes.size();
        probes.add(new Acme(dir)); // Step 2: at the end
        int index = at * Devices.INDEXES_A_VENDOR;

        try (Devices devices = Devices.start(probes, Duration.ofMinutes(1), new SystemTime())) {
            assertThat(devices.awaitFirst(Duration.ofSeconds(20))).isTrue();

            assertThat(devices.snapshot().infos())
                    .containsExactly(
                            new DeviceInfo(
                                    index,
                                    "acme",
                                    "Acme Rocket",
                                    "ACME-1",
                                    4096L,
                                    DeviceMemory.UNIFIED,
                                    Map.of("stages", "3")));
            assertThat(devices.snapshot().usedMb(index)).isEqualTo(1024);
            assertThat(devices.snapshot().usedMb(List.of(4711L))).isEqualTo(1024);
            assertThat(devices.snapshot().note()).contains(noTool + " cannot be started");
            assertThat(devices.environment(List.of(index)))
                    .containsEntry("ACME_VISIBLE", "ACME-1")
                    .containsEntry("CUDA_VISIBLE_DEVICES", "")
                    .containsEntry("HIP_VISIBLE_DEVICES", "-1");
            assertThat(devices.environment(List.of(0)))
                    .containsEntry("ACME_VISIBLE", "")
                    .containsEntry("CUDA_VISIBLE_DEVICES", "0");
        }
    }

    @Test
    void aVendorThatIsNotReadStillHidesItsDevices() throws Exception {
        List<DeviceProbe> probes = Vendors.probes(List.of(), "no-tool", Duration.ofSeconds(5));
        assertThat(probes).extracting(DeviceProbe::vendor).isEqualTo(Vendors.names());
        for (DeviceProbe probe : probes) {
            assertThat(probe.read()).isEqualTo(new DeviceReading(true, List.of(), List.of(), null));
        }
        assertThat(probes.getFirst().environment(List.of()))
                .containsEntry("CUDA_VISIBLE_DEVICES", "");
    }

    @Test
    void thePageNamesFilesAndClassesThatExist() throws IOException {
        Path root = root();
        String page = Files.readString(root.resolve("docs/extending/device-vendor.md"));
        List<String> types;
        try (Stream<Path> files = Files.walk(root.resolve("modules"))) {
            types =
                    files.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith(".java"))
                            .map(name -> name.substring(0, name.length() - ".java".length()))
                            .toList();
        }
        Matcher quoted = Pattern.compile("`([^`\\s]+)`").matcher(page);
        int named = 0;
        while (quoted.find()) {
            String name = quoted.group(1);
            if (name.matches("(modules|docs)/.*")) {
                assertThat(root.resolve(name)).as("named by the page").exists();
                named++;
            } else if (name.matches("[A-Z][a-z]+[A-Za-z]*([.#].*)?")) {
                assertThat(types).as("named by the page").contains(name.split("[.#]", -1)[0]);
                named++;
            }
        }
        assertThat(named).isGreaterThan(10);
        for (String method : List.of("vendor()", "read()", "environment(")) {
            assertThat(page).contains(method);
        }
        assertThat(Vendors.names()).allSatisfy(vendor -> assertThat(page).contains(vendor));
    }

    private static Path root() {
        Path dir = Path.of("").toAbsolutePath();
        while (!Files.exists(dir.resolve("docs/API.md"))) {
            dir = requireNonNull(dir.getParent());
        }
        return dir;
    }
}

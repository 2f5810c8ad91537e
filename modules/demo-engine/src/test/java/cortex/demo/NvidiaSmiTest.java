package cortex.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The make-believe nvidia-smi against the real one's outputs.
final class NvidiaSmiTest {
    private static final Path SCRIPT = Path.of("..", "..", "dist", "demo-tools", "nvidia-smi");

    @TempDir private Path directory;

    private record Result(int exit, List<String> lines) {}

    private static Result run(Map<String, String> environment, String... args)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), text.lines().toList());
    }

    @Test
    void memoryInUseIsWhatLiveEnginesHold() throws Exception {
        long me = ProcessHandle.current().pid();
        Files.writeString(directory.resolve(me + ".0"), "0 1000\n");
        Files.writeString(directory.resolve(me + ".1"), "all 300\n");
        Files.writeString(directory.resolve("999999999.0"), "0 5000\n");
        Files.writeString(directory.resolve("999999998.0"), "1 7\nuntil 99999999999\n");
        Files.writeString(directory.resolve("999999997.0"), "1 9\nuntil 1\n");
        Path foreign = Files.writeString(directory.resolve("foreign"), "1 500 77 /usr/bin/X, x\n");
        Map<String, String> environment =
                Map.of(
                        "DEMO_GPUS",
                        "2",
                        "DEMO_GPU_MIB",
                        "24564,81559",
                        "DEMO_VRAM_DIR",
                        directory.toString(),
                        "DEMO_GPU_FOREIGN",
                        foreign.toString());

        Result devices =
                run(
                        environment,
                        "--query-gpu=index,memory.total,memory.reserved,memory.used,memory.free",
                        "--format=csv,noheader,nounits");
        assertThat(devices.lines())
                .containsExactly("0, 24564, 383, 1150, 23031", "1, 81559, 1274, 657, 79628");

        Result apps =
                run(
                        environment,
                        "--query-compute-apps=pid,process_name,used_gpu_memory",
                        "--format=csv,noheader,nounits");
        assertThat(apps.lines())
                .containsExactlyInAnyOrder(
                        me + ", demo-engine, 1000",
                        me + ", demo-engine, 150",
                        me + ", demo-engine, 150",
                        "999999998, demo-engine, 7",
                        "77, /usr/bin/X, x, 500");
    }

    @Test
    void headersUnitsVersionsAndListsLookReal() throws Exception {
        assertThat(run(Map.of(), "--query-gpu=name,memory.total,utilization.gpu", "--format=csv"))
                .isEqualTo(
                        new Result(
                                0,
                                List.of(
                                        "name, memory.total [MiB], utilization.gpu [%]",
                                        "NVIDIA GeForce RTX 4090, 24564 MiB, 0 %")));
        assertThat(run(Map.of(), "--version").lines()).contains("CUDA Version        : 13.2");
        assertThat(run(Map.of("DEMO_GPUS", "2"), "-L").lines()).hasSize(2);
    }

    private String used(Map<String, String> environment) throws Exception {
        Result result =
                run(environment, "--query-gpu=memory.used", "--format=csv,noheader,nounits");
        return String.join(" ", result.lines());
    }

    private String uncheckedUsed() {
        try {
            return used(two());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private List<String> listed(Map<String, String> environment) throws Exception {
        return run(environment, "--query-compute-apps=pid,used_memory", "--format=csv,noheader")
                .lines();
    }

    /// Variables for two devices whose memory and switches are in this test's directory.
    private Map<String, String> two() {
        return Map.of(
                "DEMO_GPUS",
                "2",
                "DEMO_GPU_MIB",
                "1000",
                "DEMO_VRAM_DIR",
                directory.toString(),
                "DEMO_GPU_SWITCHES",
                directory.resolve("switches").toString());
    }

    private void switches(String... lines) throws IOException {
        Files.write(directory.resolve("switches"), List.of(lines));
    }

    @Test
    void memoryOfTheDeadMayComeBackLateAndIsNobodysThen() throws Exception {
        Path file = Files.writeString(directory.resolve("999999999.0"), "1 500\n");
        switches("late 1.5");

        assertThat(used(two())).isEqualTo("0 500");
        assertThat(listed(two())).isEmpty();
        Started.until("it is back", () -> uncheckedUsed().equals("0 0"));
        assertThat(file).doesNotExist();
        assertThat(directory.resolve(".dead.999999999.0")).doesNotExist();
    }

    @Test
    void memoryOfTheDeadMayNeverComeBack() throws Exception {
        Files.writeString(directory.resolve("999999999.0"), "0 500\n");
        Files.writeString(directory.resolve("999999998.0"), "0 70\n");
        switches("leak 999999999");

        assertThat(used(two())).isEqualTo("500 0");
        Files.writeString(directory.resolve("999999998.0"), "0 70\n");
        switches("leak all");
        assertThat(used(two())).isEqualTo("570 0");
        switches();
        assertThat(used(two())).isEqualTo("0 0");
    }

    @Test
    void processesMayBeHidden() throws Exception {
        long me = ProcessHandle.current().pid();
        Files.writeString(directory.resolve(me + ".0"), "0 500\n");
        assertThat(listed(two())).containsExactly(me + ", 500 MiB");
        switches("hide apps");

        assertThat(listed(two())).isEmpty();
        assertThat(used(two())).isEqualTo("500 0");
    }

    @Test
    void itMayHangAndStopHanging() throws Exception {
        switches("fail hang");
        ProcessBuilder builder = new ProcessBuilder(SCRIPT.toString(), "-L");
        builder.environment().putAll(two());
        Process hung = builder.start();
        try {
            assertThat(hung.waitFor(300, TimeUnit.MILLISECONDS)).isFalse();
            switches("fail driver");
            assertThat(run(two(), "-L").exit()).isEqualTo(9);
            switches("fail");
            assertThat(run(two(), "-L").exit()).isZero();
        } finally {
            hung.destroyForcibly();
        }
    }

    @Test
    void itFailsLikeTheRealOne() throws Exception {
        assertThat(run(Map.of(), "--query-gpu=nonsense", "--format=csv").exit()).isEqualTo(2);
        assertThat(run(Map.of("DEMO_GPU_FAIL", "driver")).exit()).isEqualTo(9);
        assertThat(run(Map.of("DEMO_GPU_FAIL", "mismatch")).lines())
                .contains("NVML library version: 580.95");
        assertThat(run(Map.of("DEMO_GPU_FAIL", "none")).lines())
                .containsExactly("No devices were found");
    }
}

package cortex.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

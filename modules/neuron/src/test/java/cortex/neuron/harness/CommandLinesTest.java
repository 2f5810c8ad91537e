package cortex.neuron.harness;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.EngineOptions;
import cortex.core.node.LoadRequest;
import cortex.neuron.config.NeuronConfig;
import cortex.neuron.config.NeuronConfig.HarnessConfig;
import cortex.neuron.config.NeuronConfig.Started;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What each kind of engine is started with.
class CommandLinesTest {
    private static LoadRequest request(
            String id, @Nullable String quant, List<Integer> devices, EngineOptions options) {
        return new LoadRequest(id, "h", quant, null, devices, null, options);
    }

    private static HarnessConfig config(String name, @Nullable String binary) {
        Duration second = Duration.ofSeconds(1);
        return new HarnessConfig(
                name,
                null,
                new Started(binary, null, List.of("--own"), List.of(), List.of(), List.of()),
                false,
                new NeuronConfig.Patience(second, second));
    }

    @Test
    void llamaFromAFileOnTwoDevices() {
        EngineOptions options =
                new EngineOptions(
                        new EngineOptions.Origin("/m/a.gguf", null),
                        8192,
                        4,
                        99,
                        List.of(3.0, 1.0),
                        "/m/mm.gguf",
                        List.of("-fa", "on"));

        assertThat(LlamaCpp.arguments(request("org/a,b", null, List.of(0, 2), options), 8100))
                .containsExactly(
                        "-c",
                        "8192",
                        "-np",
                        "4",
                        "-ngl",
                        "99",
                        "--tensor-split",
                        "3.0,1.0",
                        "--mmproj",
                        "/m/mm.gguf",
                        "--fit",
                        "off",
                        "--jinja",
                        "--metrics",
                        "--sse-ping-interval",
                        "5",
                        "-fa",
                        "on",
                        "-m",
                        "/m/a.gguf",
                        "--offline",
                        "--alias",
                        "org/a_b",
                        "--host",
                        "127.0.0.1",
                        "--port",
                        "8100",
                        "--no-ui");
    }

    @Test
    void llamaFromARepositoryOnTheCpu() {
        EngineOptions tagged =
                new EngineOptions(
                        new EngineOptions.Origin(null, "hf:o/r:Q8_0"),
                        null,
                        null,
                        null,
                        List.of(),
                        null,
                        List.of());

        assertThat(LlamaCpp.arguments(request("m", "Q4_K_M", List.of(), tagged), 1))
                .containsSequence("-hf", "o/r:Q8_0")
                .containsSequence("--device", "none")
                .doesNotContain("--offline", "--fit", "-c", "-ngl");
        assertThat(LlamaCpp.arguments(request("o/r", "Q4_K_M", List.of(0), EngineOptions.NONE), 1))
                .containsSequence("-hf", "o/r:Q4_K_M")
                .doesNotContain("--device");
    }

    @Test
    void mistralRs() {
        EngineOptions options =
                new EngineOptions(
                        EngineOptions.Origin.NONE, 4096, 8, null, List.of(), null, List.of("--x"));

        assertThat(MistralRs.arguments(request("o/m", "Q4_K_M", List.of(0), options), 8101))
                .containsExactly(
                        "-m",
                        "o/m",
                        "--isq",
                        "q4k",
                        "--max-seq-len",
                        "4096",
                        "--max-seqs",
                        "8",
                        "--x",
                        "--host",
                        "127.0.0.1",
                        "--port",
                        "8101",
                        "--no-ui");
        assertThat(MistralRs.arguments(request("o/m", "8", List.of(), EngineOptions.NONE), 1))
                .containsSequence("--quant", "8")
                .contains("--cpu");
        EngineOptions file =
                new EngineOptions(
                        new EngineOptions.Origin("/m/a.gguf", null),
                        null,
                        null,
                        12,
                        List.of(),
                        null,
                        List.of());
        assertThat(MistralRs.arguments(request("o/m", "Q4_K_M", List.of(3), file), 1))
                .startsWith("-m", "/m", "-f", "a.gguf", "--format", "gguf")
                .containsSequence("-n", "0:12")
                .doesNotContain("--isq");
    }

    @Test
    void demoRunsFromThisProgramsModulePath() {
        Demo demo = new Demo(config("demo", null), "/lib/cortex");
        LoadRequest request = request("m", null, List.of(), EngineOptions.NONE);

        EngineDriver.Command command = demo.command(new Harness.Launch("r", request, Map.of()), 7);

        assertThat(command.argv())
                .startsWith(System.getProperty("java.home") + "/bin/java")
                .containsSequence("-p", "/lib/cortex", "-m", "cortex.demo/cortex.demo.Main")
                .endsWith("--own", "--alias", "m", "--host", "127.0.0.1", "--port", "7");
        assertThat(demo.unavailable()).isNull();
        EngineOptions mistral =
                new EngineOptions(
                        EngineOptions.Origin.NONE,
                        4096,
                        8,
                        null,
                        List.of(),
                        null,
                        List.of("--api", "mistralrs"));
        LoadRequest other = request("m", null, List.of(), mistral);
        assertThat(demo.command(new Harness.Launch("r", other, Map.of()), 7).argv())
                .containsSequence("-c", "4096", "--max-seqs", "8", "--api", "mistralrs", "--alias");
        assertThat(new Demo(config("demo", null), "").unavailable()).contains("module path");
    }

    @Test
    void anEngineIsBoundToItsDevicesAndTheOperatorsEnvironmentWins() {
        var program = new Program("/bin/x", List.of(), Map.of("B", "operator's"));
        LoadRequest request = request("m", null, List.of(2, 0), EngineOptions.NONE);
        var launch = new Harness.Launch("r", request, Map.of("A", "bound", "B", "bound"));

        assertThat(program.command(List.of("x"), launch).environment())
                .isEqualTo(Map.of("A", "bound", "B", "operator's"));
    }

    @Test
    void aMissingProgramIsNamed() {
        assertThat(new LlamaCpp(config("llamacpp", "/no/such/llama-server")).unavailable())
                .contains("/no/such/llama-server");
        assertThat(new LlamaCpp(config("llamacpp", "sh")).unavailable()).isNull();
    }
}

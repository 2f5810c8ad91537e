package cortex.neuron.config;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.config.HostPort;
import cortex.core.config.problem.ConfigException;
import cortex.core.log.LogFormat;
import cortex.neuron.harness.policy.LoadPolicy;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NeuronConfigReaderTest {
    private static final String DEMO = "[[harnesses]]\nname = \"demo\"\n";

    @TempDir Path dir;
    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = dir.resolve("neuron.toml");
    }

    private NeuronConfig read(String toml, Map<String, String> environment) throws IOException {
        Files.writeString(file, toml);
        return NeuronConfigReader.read(file, environment);
    }

    private List<String> problems(String toml, Map<String, String> environment) throws IOException {
        try {
            read(toml, environment);
            return List.of();
        } catch (ConfigException e) {
            return e.problems().stream().map(p -> p.toString().replace(dir + "/", "")).toList();
        }
    }

    @Test
    void theLeastThatWorksGetsGoodDefaults() throws IOException {
        NeuronConfig config = read(DEMO, Map.of("STATE_DIRECTORY", "/var/lib/here:/other"));
        assertThat(config.api().listen()).isEqualTo(new HostPort("0.0.0.0", 9090));
        assertThat(config.stateDir()).isEqualTo(Path.of("/var/lib/here"));
        assertThat(config.limits())
                .isEqualTo(
                        new NeuronConfig.Limits(
                                256 << 20,
                                16 << 10,
                                8192,
                                256 << 10,
                                Math.min(2047, (Runtime.getRuntime().maxMemory() / 8) >> 20)
                                        << 20));
        assertThat(config.probe())
                .isEqualTo(
                        new NeuronConfig.Probe(
                                List.of("nvidia"),
                                "nvidia-smi",
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(10)));
        assertThat(config.engines().harnesses())
                .containsExactly(
                        new NeuronConfig.HarnessConfig(
                                "demo",
                                null,
                                new NeuronConfig.Started(
                                        null,
                                        new NeuronConfig.PortRange(8100, 8199),
                                        List.of(),
                                        List.of(),
                                        List.of(),
                                        List.of()),
                                false,
                                new NeuronConfig.Patience(
                                        Duration.ofSeconds(10),
                                        Duration.ofMinutes(10),
                                        Duration.ofSeconds(30),
                                        Duration.ofMinutes(10))));
        assertThat(config.engines().loads()).isEqualTo(LoadPolicy.Rules.DEFAULT);
        assertThat(config.engines().drain()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.engines().memoryReturn()).isEqualTo(Duration.ofSeconds(5));
        assertThat(config.logFormat()).isEqualTo(LogFormat.HUMAN);
    }

    @Test
    void pathsStartAtTheFileAndNamesAreLeftToThePath() throws IOException {
        NeuronConfig config =
                read(
                        """
                        [neuron]
                        state_dir = "state"
                        nvidia_smi = "./fake-smi"
                        [[harnesses]]
                        name = "llamacpp"
                        binary = "../bin/llama-server"
                        [[harnesses]]
                        name = "demo"
                        binary = "demo-engine"
                        """,
                        Map.of());
        assertThat(config.stateDir()).isEqualTo(dir.resolve("state"));
        assertThat(config.probe().nvidiaSmi()).isEqualTo(dir.resolve("fake-smi").toString());
        assertThat(config.engines().harnesses())
                .extracting(harness -> harness.started().binary())
                .containsExactly(dir.resolveSibling("bin/llama-server").toString(), "demo-engine");
    }

    @Test
    void anEngineThatRunsAlready() throws IOException {
        NeuronConfig config =
                read(
                        """
                        [[harnesses]]
                        name = "mistralrs"
                        endpoint = "http://localhost:8080/"
                        unit = "mistralrs.service"
                        direct = true
                        stop_grace = "0s"
                        load_stall_timeout = "1m"
                        """,
                        Map.of());
        NeuronConfig.HarnessConfig harness = config.engines().harnesses().getFirst();
        assertThat(harness.remote())
                .isEqualTo(
                        new NeuronConfig.Remote(
                                URI.create("http://localhost:8080"), "mistralrs.service"));
        assertThat(harness.started().ports()).isNull();
        assertThat(harness.direct()).isTrue();
        assertThat(harness.patience().stopGrace()).isZero();
    }

    private static final String WRONG =
            """
            [neuron]
            lisen = "0.0.0.0:9090"
            log_bytes = 100
            probe_timeout = "0s"
            [[harnesses]]
            name = "mistralrs"
            endpoint = "http://localhost:8080"
            binary = "mistralrs"
            [[harnesses]]
            name = "llamacpp"
            port_range = [8199, 8100]
            unit = "x.service"
            [[harnesses]]
            name = "llamacpp"
            endpoint = "http://localhost:8080"
            args = ["-v"]
            [[harnesses]]
            name = "vllm"
            [[harnesses]]
            binary = "x"
            env = ["HF_TOKEN hf_secret"]
            [[harnesses]]
            name = "mistralrs"
            port_range = [0, 70000]
            """;

    @Test
    void tellsEveryProblemAtOnce() throws IOException {
        assertThat(problems(WRONG, Map.of("NEURON_HARNESSES__1__DIRECT", "ja")))
                .containsExactly(
                        "neuron.toml:2:1: neuron.lisen: unknown key. Did you mean 'listen'?",
                        "neuron.toml:3:1: neuron.log_bytes: expected a size such as \"64KiB\" or"
                                + " \"64MiB\", from \"1KiB\" to \"2047MiB\", found 100.",
                        "neuron.toml:4:1: neuron.probe_timeout: expected a duration such as"
                                + " \"500ms\", \"5s\" or \"2m\", at least \"1ms\", found \"0s\".",
                        "neuron.toml:7:1: harnesses[0].endpoint: binary is set too. Keep endpoint"
                                + " for an engine that is already running, or binary to start one"
                                + " process per model.",
                        "neuron.toml:9:1: harnesses[1]: names no program: set binary, the program"
                                + " to start for each model.",
                        "neuron.toml:11:1: harnesses[1].port_range: expected [first, last] with"
                                + " first <= last, such as [8100, 8199], found [8199, 8100].",
                        "neuron.toml:12:1: harnesses[1].unit: is only of use with endpoint.",
                        "neuron.toml:14:1: harnesses[2].name: two [[harnesses]] are named"
                                + " 'llamacpp'. Keep one.",
                        "neuron.toml:15:1: harnesses[2].endpoint: the neuron starts engines of"
                                + " llamacpp itself. Set binary instead.",
                        "neuron.toml:16:1: harnesses[2].args: is only of use with binary, not with"
                                + " endpoint.",
                        "neuron.toml:18:1: harnesses[3].name: expected one of \"mistralrs\","
                                + " \"llamacpp\", \"demo\", found \"vllm\".",
                        "neuron.toml:19:1: harnesses[4].name: is missing: expected one of"
                                + " \"mistralrs\", \"llamacpp\", \"demo\".",
                        "neuron.toml:21:1: harnesses[4].env: expected an array of NAME=value texts"
                                + " such as [\"HF_HUB_OFFLINE=1\"].",
                        "neuron.toml:22:1: harnesses[5]: names no program and no endpoint: set"
                                + " binary (the program to start) or endpoint (the URL of a running"
                                + " engine).",
                        "neuron.toml:23:1: harnesses[5].name: two [[harnesses]] are named"
                                + " 'mistralrs'. Keep one.",
                        "neuron.toml:24:1: harnesses[5].port_range: expected [first, last] with"
                                + " first <= last, such as [8100, 8199], found [0, 70000].",
                        "environment variable NEURON_HARNESSES__1__DIRECT: harnesses[1].direct:"
                                + " expected true or false, found \"ja\".");
    }

    @Test
    void theDevicesOfTheVendorsNamedAreRead() throws IOException {
        String harness = "[[harnesses]]\nname = \"demo\"\n";
        assertThat(read("[neuron]\nvendors = [\"nvidia\", \"amd\"]\n" + harness, Map.of()))
                .extracting(config -> config.probe().vendors())
                .isEqualTo(List.of("nvidia", "amd"));
        assertThat(problems("[neuron]\nvendors = [\"nvidea\"]\n" + harness, Map.of()))
                .singleElement()
                .asString()
                .contains("neuron.vendors: expected an array of some of [nvidia, amd]");
    }

    @Test
    void aNeuronWithoutHarnessesHasNothingToRun() throws IOException {
        assertThat(problems("[neuron]\n", Map.of()))
                .containsExactly(
                        "neuron.toml:1:1: holds no [[harnesses]]. Add one for each engine on this"
                                + " machine.");
        assertThat(problems("", Map.of()))
                .containsExactly("neuron.toml: is empty. Start from one of the example files.");
    }

    @Test
    void valuesOfTheEnginesEnvironmentAreNeverShown() throws IOException {
        Files.writeString(file, DEMO + "env = [\"HF_TOKEN=hf_secret\", \"A=\"]\n");
        var loaded = NeuronConfigReader.load(file, Map.of("NEURON_NEURON__LISTEN", "[::]:1"));
        assertThat(loaded.config().engines().harnesses().getFirst().started().env())
                .containsExactly("HF_TOKEN=hf_secret", "A=");
        assertThat(loaded.effective())
                .contains("env = [\"HF_TOKEN=********\", \"A=********\"]")
                .contains("listen = \"[::]:1\"                           # NEURON_NEURON__LISTEN")
                .doesNotContain("hf_secret");
    }

    @Test
    void secretsAmongTheEnginesArgumentsAreNeverShown() throws IOException {
        String args = "args = [\"--hf-token\", \"my-token\", \"--hf-token=s3cret\", \"-v\"]\n";
        Files.writeString(file, DEMO + args);
        var loaded = NeuronConfigReader.load(file, Map.of());
        assertThat(loaded.config().engines().harnesses().getFirst().started().args())
                .containsExactly("--hf-token", "my-token", "--hf-token=s3cret", "-v");
        assertThat(loaded.effective())
                .contains("args = [\"--hf-token\", \"***\", \"--hf-token=***\", \"-v\"]");
        assertThat(problems(DEMO + "args = \"--hf-token my-token\"\n", Map.of()))
                .singleElement()
                .asString()
                .doesNotContain("my-token");
    }

    @Test
    void theExampleLoads() {
        NeuronConfig config =
                NeuronConfigReader.read(root().resolve("neuron.example.toml"), Map.of());
        assertThat(config.engines().harnesses())
                .extracting(NeuronConfig.HarnessConfig::name)
                .containsExactly("mistralrs", "llamacpp");
    }

    @Test
    void theDocumentationIsFresh() throws IOException {
        Path page = root().resolve("docs/CONFIGURATION.md");
        String text = Files.readString(page);
        String begin = "<!-- begin: neuron -->\n";
        String before = text.substring(0, text.indexOf(begin) + begin.length());
        String after = text.substring(text.indexOf("<!-- end: neuron -->"));
        String fresh = before + "\n" + NeuronConfigReader.markdown() + "\n" + after;
        if (Boolean.getBoolean("cortex.docs.write")) {
            Files.writeString(page, fresh);
        }
        assertThat(Files.readString(page))
                .as("docs/CONFIGURATION.md is stale: mvn test -Dcortex.docs.write=true")
                .isEqualTo(fresh);
    }

    private static Path root() {
        Path dir = Path.of("").toAbsolutePath();
        while (!Files.exists(dir.resolve("neuron.example.toml"))) {
            dir = requireNonNull(dir.getParent());
        }
        return dir;
    }

    @Test
    void whatALoadMayDoIsRead() throws IOException {
        NeuronConfig config =
                read(
                        """
                        [neuron]
                        model_dirs = ["/srv/models", "models"]
                        sources = ["hf:*", "!hf:evil/*"]
                        max_models = 7
                        [[harnesses]]
                        name = "llamacpp"
                        binary = "/llama-server"
                        allow_args = ["--log-file", "-lv"]
                        pass_env = ["LD_PRELOAD", "MY_*"]
                        """,
                        Map.of());

        assertThat(config.engines().loads().dirs().dirs())
                .containsExactly(Path.of("/srv/models"), dir.resolve("models"));
        assertThat(config.engines().loads().maxModels()).isEqualTo(7);
        assertThat(config.engines().loads().sources().patterns())
                .containsExactly("hf:*", "!hf:evil/*");
        assertThat(config.engines().harnesses().getFirst().started().allowArgs())
                .containsExactly("--log-file", "-lv");
        assertThat(config.engines().harnesses().getFirst().started().passEnv())
                .containsExactly("LD_PRELOAD", "MY_*");
    }

    @Test
    void whatOnlyTheNeuronSetsIsRefusedInTheOperatorsArguments() throws IOException {
        assertThat(
                        problems(
                                """
                                [[harnesses]]
                                name = "llamacpp"
                                binary = "/llama-server"
                                args = ["-fa", "on", "--api_key=secret", "--host", "0.0.0.0"]
                                allow_args = ["--port"]
                                env = ["LLAMA_API_KEY=secret"]
                                [[harnesses]]
                                name = "mistralrs"
                                binary = "/mistralrs"
                                args = ["--no-ui", "--"]
                                """,
                                Map.of()))
                .hasSize(6)
                .allSatisfy(problem -> assertThat(problem).contains("neuron.toml:"))
                .anySatisfy(problem -> assertThat(problem).contains("--api_key").contains(":4"))
                .noneSatisfy(problem -> assertThat(problem).contains("secret"));
    }

    @Test
    void patternsAndNamesAreChecked() throws IOException {
        assertThat(
                        problems(
                                """
                                [neuron]
                                sources = ["https://evil.example/*"]
                                [[harnesses]]
                                name = "llamacpp"
                                binary = "/llama-server"
                                allow_args = ["log-file"]
                                pass_env = ["A=b"]
                                """,
                                Map.of()))
                .hasSize(3);
    }
}

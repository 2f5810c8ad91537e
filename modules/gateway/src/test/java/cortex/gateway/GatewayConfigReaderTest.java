package cortex.gateway;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.catalogue.ComputeCapability;
import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelQuirks;
import cortex.core.config.HostPort;
import cortex.core.config.Secret;
import cortex.core.config.problem.ConfigException;
import cortex.core.log.LogFormat;
import cortex.core.node.EngineOptions;
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

class GatewayConfigReaderTest {
    private static final String NEURON =
            """
            [[neurons]]
            name = "beast"
            endpoint = "http://beast.internal:9090/"
            """;

    private static final String MODEL =
            """
            [[models]]
            id = "tiny"
            harness = "demo"
            """;

    @TempDir Path dir;
    private Path file;

    @BeforeEach
    void writeAGoodCatalogue() throws IOException {
        file = dir.resolve("cortex.toml");
        models(MODEL);
    }

    private void models(String toml) throws IOException {
        Files.writeString(dir.resolve("models.toml"), toml);
    }

    private GatewayConfig read(String toml) throws IOException {
        Files.writeString(file, toml);
        return GatewayConfigReader.read(file, Map.of());
    }

    private List<String> problems(String toml) throws IOException {
        Files.writeString(file, toml);
        return problems();
    }

    private List<String> problems() {
        try {
            GatewayConfigReader.read(file, Map.of());
            return List.of();
        } catch (ConfigException e) {
            return e.problems().stream().map(p -> p.toString().replace(dir + "/", "")).toList();
        }
    }

    @Test
    void theLeastThatWorksGetsGoodDefaults() throws IOException {
        GatewayConfig config = read(NEURON);
        assertThat(config.server())
                .isEqualTo(
                        new GatewayConfig.Server(
                                new HostPort("0.0.0.0", 8000),
                                new HostPort("0.0.0.0", 9100),
                                new GatewayConfig.Patience(
                                        Duration.ofMinutes(5),
                                        Duration.ofSeconds(30),
                                        Duration.ofMinutes(10))));
        assertThat(config.limits())
                .isEqualTo(new GatewayConfig.Limits(64 << 20, 64 << 10, 512L << 20, 256, 8192));
        assertThat(config.timing())
                .isEqualTo(
                        new GatewayConfig.Timing(
                                Duration.ofSeconds(5),
                                Duration.ofMinutes(5),
                                Duration.ofMinutes(10),
                                Duration.ofMinutes(10),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(30)));
        assertThat(config.polling())
                .isEqualTo(
                        new GatewayConfig.Polling(Duration.ofSeconds(2), Duration.ofSeconds(3), 3));
        assertThat(config.neurons())
                .containsExactly(
                        new GatewayConfig.NodeAddress(
                                "beast", URI.create("http://beast.internal:9090")));
        assertThat(config.apiKeys()).isEmpty();
        assertThat(config.logFormat()).isEqualTo(LogFormat.HUMAN);
        assertThat(config.catalogue().names()).containsExactly("tiny");
    }

    private static final String FULL =
            """
            models_config = "sub/catalogue.toml"
            [gateway]
            listen = "127.0.0.1:1"
            metrics_listen = "[::1]:2"
            max_body = "1MiB"
            max_header = "8KiB"
            max_buffered = "2MiB"
            max_waiters = 3
            max_connections = 4
            keepalive = "1s"
            idle_timeout = "2s"
            queue_timeout = "3s"
            load_stall_timeout = "4s"
            connect_timeout = "5s"
            drain_timeout = "0s"
            connection_idle_timeout = "6s"
            slow_request_timeout = "7s"
            stalled_read_timeout = "8s"
            api_keys = ["k"]
            cors_origins = ["https://app.example", "*"]
            log_format = "json"
            [polling]
            interval = "200ms"
            timeout = "7s"
            misses = 8
            [eviction]
            strategy = "priority"
            defrag_after_cycles = 0
            min_residency = "20s"
            max_extra_wait = "2m"
            [placement]
            headroom_mb = 512
            """;

    private static final String FULL_MODEL =
            """
            [[models]]
            id = "org/m"
            aliases = ["m"]
            harness = "llamacpp"
            quant = "Q4_K_M"
            vram_mb = 100
            min_devices = 2
            min_device_vram_mb = 50
            min_compute_capability = "8.0"
            pinned_on = ["beast"]
            residency_priority = 3
            ttl = "30m"
            replicas = { min = 1, max = 2 }
            source = "hf:org/m-GGUF:Q4_K_M"
            context = 8192
            parallel = 4
            gpu_layers = 99
            tensor_split = [3, 1.5]
            mmproj = "/models/m.mmproj"
            args = ["--a", "b"]
            [models.quirks]
            tool_ids = "mistral9"
            user_after_tool = "fold"
            system_in_middle = "preserve"
            alternation = "strict"
            reasoning = true
            max_effort = "medium"
            vision = "auto"
            images = ["jpeg", "webp"]
            image_urls = false
            schemas = "plain"
            split_think = true
            tolerate_missing_finish = false
            max_output_tokens = 4096
            """;

    @Test
    void everyKeyIsRead() throws IOException {
        GatewayConfig config = read(FULL + NEURON, FULL_MODEL);
        assertThat(config.limits())
                .isEqualTo(new GatewayConfig.Limits(1 << 20, 8192, 2 << 20, 3, 4));
        assertThat(config.timing().drain()).isZero();
        assertThat(config.server().patience())
                .isEqualTo(
                        new GatewayConfig.Patience(
                                Duration.ofSeconds(6),
                                Duration.ofSeconds(7),
                                Duration.ofSeconds(8)));
        assertThat(config.timing().load()).isEqualTo(Duration.ofSeconds(4));
        assertThat(config.apiKeys()).containsExactly(new Secret("k"));
        assertThat(config.server().corsOrigins()).containsExactly("https://app.example", "*");
        assertThat(config.placement()).isEqualTo(new GatewayConfig.Placement(512));
        assertThat(config.eviction())
                .isEqualTo(
                        new GatewayConfig.Eviction(
                                GatewayConfig.Strategy.PRIORITY,
                                0,
                                Duration.ofSeconds(20),
                                Duration.ofMinutes(2)));
    }

    @Test
    void everyKeyOfAModelIsRead() throws IOException {
        GatewayConfig config = read(FULL + NEURON, FULL_MODEL);
        assertThat(config.catalogue().find("m"))
                .isEqualTo(
                        new ModelProfile(
                                "org/m",
                                List.of("m"),
                                "llamacpp",
                                "Q4_K_M",
                                new ModelProfile.Needs(
                                        100L,
                                        2,
                                        50L,
                                        new ComputeCapability(8, 0),
                                        List.of("beast")),
                                new ModelProfile.Residency(3, Duration.ofMinutes(30), 1, 2),
                                new EngineOptions(
                                        null,
                                        "hf:org/m-GGUF:Q4_K_M",
                                        8192,
                                        4,
                                        99,
                                        List.of(3.0, 1.5),
                                        "/models/m.mmproj",
                                        List.of("--a", "b")),
                                new ModelQuirks(
                                        ModelQuirks.ToolIds.MISTRAL9,
                                        ModelQuirks.UserAfterTool.FOLD,
                                        ModelQuirks.SystemInMiddle.PRESERVE,
                                        ModelQuirks.Alternation.STRICT,
                                        true,
                                        ModelQuirks.Effort.MEDIUM,
                                        null,
                                        List.of("jpeg", "webp"),
                                        false,
                                        ModelQuirks.Schemas.PLAIN,
                                        true,
                                        false,
                                        4096),
                                null));
    }

    private GatewayConfig read(String toml, String catalogue) throws IOException {
        Files.createDirectories(dir.resolve("sub"));
        Files.writeString(dir.resolve("sub/catalogue.toml"), catalogue);
        return read(toml);
    }

    @Test
    void wrongQuirksAreToldWithWhatWasMeant() throws IOException {
        models(
                MODEL
                        + """
                        [models.quirks]
                        tool_id = "mistral9"
                        schemas = "plan"
                        reasoning = "yes"
                        max_effort = 3
                        """);
        assertThat(problems("[gateway]\ncors_origins = [\"https://a.example/x\"]\n" + NEURON))
                .anySatisfy(p -> assertThat(p).contains("models[0].quirks.tool_id", "tool_ids"))
                .anySatisfy(p -> assertThat(p).contains("quirks.schemas", "\"plain\""))
                .anySatisfy(p -> assertThat(p).contains("quirks.reasoning", "\"auto\""))
                .anySatisfy(p -> assertThat(p).contains("quirks.max_effort", "\"xhigh\""))
                .anySatisfy(p -> assertThat(p).contains("gateway.cors_origins", "origins"))
                .hasSize(5);
    }

    private static final String WRONG_MODELS =
            """
            [[models]]
            id = "a"
            harness = "llama.cpp"
            pinned_on = ["best", "moon"]
            min_devices = -1
            [[models]]
            id = "b"
            harness = "llamacpp"
            aliases = ["a", "coder"]
            path = "/m.gguf"
            source = "hf:org/repo"
            context = "8k"
            [[models]]
            id = "c"
            harness = "demo"
            aliases = ["coder", "c"]
            vram_mb = 0
            path = "relative.gguf"
            min_devices = 0
            min_device_vram_mb = 5
            [[models]]
            id = "b"
            harness = "demo"
            [[model]]
            """;

    private static final String WRONG =
            """
            [gateway]
            listen = "0.0.0.0:9100"
            max_waiters = -1
            max_body = "1GiB"
            interval = "1s"
            [eviction]
            strategy = "LRU"
            [[neurons]]
            name = "beast"
            endpoint = "http://beast:9090"
            [[neurons]]
            name = "beast"
            endpoint = "http://beast:9090/"
            [[neurons]]
            name = "two words"
            endpoint = "beast:9090"
            """;

    private static final String[] EVERYTHING_WRONG = {
        "cortex.toml:2:1: gateway.listen: listen and metrics_listen are both on"
                + " port 9100; give each a port of its own.",
        "cortex.toml:3:1: gateway.max_waiters: expected a whole number from 0 to"
                + " 1000000, found -1.",
        "cortex.toml:4:1: gateway.max_body: max_buffered (512MiB) must hold at"
                + " least one body of max_body (1GiB).",
        "cortex.toml:5:1: gateway.interval: unknown key. It belongs in [polling].",
        "cortex.toml:7:1: eviction.strategy: expected one of \"lru\","
                + " \"priority\", \"cost\", found \"LRU\". Did you mean 'lru'?",
        "cortex.toml:12:1: neurons[1].name: 'beast' is the name of cortex.toml:9:1" + " too.",
        "cortex.toml:13:1: neurons[1].endpoint: is the endpoint of 'beast' too.",
        "cortex.toml:15:1: neurons[2].name: expected a name of letters, digits,"
                + " '.', '_' and '-', found \"two words\".",
        "cortex.toml:16:1: neurons[2].endpoint: expected a base URL such as"
                + " \"http://host:9090\" (http or https, without user, query or"
                + " fragment), found \"beast:9090\".",
        "models.toml:3:1: models[0].harness: expected one of \"mistralrs\","
                + " \"llamacpp\", \"demo\", found \"llama.cpp\". Did you mean"
                + " 'llamacpp'?",
        "models.toml:4:1: models[0].pinned_on: there is no node 'best';"
                + " [[neurons]] has: beast. Did you mean 'beast'?",
        "models.toml:4:1: models[0].pinned_on: there is no node 'moon';"
                + " [[neurons]] has: beast.",
        "models.toml:5:1: models[0].min_devices: expected a whole number from 0 to"
                + " 64, found -1.",
        "models.toml:9:1: models[1].aliases: 'a' would name both a and b.",
        "models.toml:11:1: models[1].source: path is given too; leave one of them" + " out.",
        "models.toml:12:1: models[1].context: expected a whole number, at least 1,"
                + " found \"8k\".",
        "models.toml:16:1: models[2].aliases: 'coder' would name both b and c.",
        "models.toml:16:1: models[2].aliases: 'c' is given twice.",
        "models.toml:17:1: models[2].vram_mb: expected a whole number, at least 1," + " found 0.",
        "models.toml:18:1: models[2].path: expected the absolute path of a file on"
                + " the node, found \"relative.gguf\".",
        "models.toml:20:1: models[2].min_device_vram_mb: has no meaning with"
                + " min_devices = 0; leave it out.",
        "models.toml:22:1: models[3].id: 'b' is given twice; each model needs an id"
                + " of its own.",
        "models.toml:24:1: model: unknown key. Did you mean 'models'?"
    };

    @Test
    void problemsOfBothFilesAreToldAtOnce() throws IOException {
        models(WRONG_MODELS);
        assertThat(problems(WRONG)).containsExactly(EVERYTHING_WRONG);
    }

    @Test
    void nothingToServeIsAProblem() throws IOException {
        models("# nothing yet\n");
        assertThat(problems("[gateway]\n"))
                .containsExactly(
                        "cortex.toml:1:1: holds no [[neurons]]; at least one is needed to serve"
                                + " anything.",
                        "models.toml: is empty; the example files show what belongs in it.");
    }

    @Test
    void missingFiles() throws IOException {
        assertThat(problems()).containsExactly("cortex.toml: there is no such file.");
        Files.delete(dir.resolve("models.toml"));
        assertThat(problems(NEURON))
                .containsExactly(
                        "cortex.toml:1:1: models_config: there is no file models.toml. It is the"
                                + " catalogue: write it, or say here where it is.");
        assertThat(problems("models_config = \"x.toml\"\n" + NEURON))
                .containsExactly(
                        "cortex.toml:1:1: models_config: there is no file x.toml. It is the"
                                + " catalogue: write it, or say here where it is.");
    }

    @Test
    void aBrokenFileDoesNotHideTheOtherNorBlameItForNodesThatCouldNotBeRead() throws IOException {
        models(MODEL + "pinned_on = [\"beast\"]\nvram_mb = \"1\"\n");
        assertThat(problems("[[neurons]\nname = \"beast\"\n"))
                .hasSize(2)
                .anyMatch(p -> p.startsWith("cortex.toml:1:"))
                .contains(
                        "models.toml:5:1: models[0].vram_mb: expected a whole number, at least 1,"
                                + " found \"1\".");
    }

    @Test
    void theEnvironmentComesFirst() throws IOException {
        Files.writeString(file, NEURON);
        var loaded =
                GatewayConfigReader.load(
                        file,
                        Map.of(
                                "CORTEX_GATEWAY__LISTEN", "127.0.0.1:0",
                                "CORTEX_NEURONS__0__ENDPOINT", "http://127.0.0.1:9",
                                "CORTEX_GATEWAY__API_KEYS", "top-secret",
                                "CORTEX_HOME", "/opt/cortex"));
        assertThat(loaded.config().server().listen()).isEqualTo(new HostPort("127.0.0.1", 0));
        assertThat(loaded.config().neurons().getFirst().endpoint())
                .isEqualTo(URI.create("http://127.0.0.1:9"));
        assertThat(loaded.config().apiKeys()).containsExactly(new Secret("top-secret"));
        assertThat(loaded.effective())
                .contains("# CORTEX_GATEWAY__LISTEN")
                .contains("# cortex.toml:2")
                .contains("api_keys = [\"********\"]")
                .doesNotContain("top-secret");
    }

    @Test
    void overridesThatNameNothingAreProblems() throws IOException {
        Files.writeString(file, NEURON);
        assertThatThrownBy(() ->
                        GatewayConfigReader.read(
                                file, Map.of("CORTEX_GATEWAY__LISTENN", "127.0.0.1:0")))
                .hasMessage(
                        """
                        1 problem in the configuration:
                          environment variable CORTEX_GATEWAY__LISTENN: gateway.listenn: unknown \
                        key. Did you mean 'listen'?\
                        """);
    }

    @Test
    void theExamplesLoad() {
        Path root = root();
        GatewayConfig config =
                GatewayConfigReader.read(root.resolve("cortex.example.toml"), Map.of());
        assertThat(config.neurons()).hasSize(2);
        ModelProfile coder = requireNonNull(config.catalogue().find("claude-coder"));
        assertThat(coder.id()).isEqualTo("Qwen/Qwen3-Coder-30B-A3B-Instruct");
        assertThat(config.catalogue().find("tiny")).isNotNull();
    }

    @Test
    void theDocumentationIsFresh() throws IOException {
        Path page = root().resolve("docs/CONFIGURATION.md");
        String text = Files.readString(page);
        String begin = "<!-- begin: gateway -->\n";
        String before = text.substring(0, text.indexOf(begin) + begin.length());
        String after = text.substring(text.indexOf("<!-- end: gateway -->"));
        String fresh = before + "\n" + GatewayConfigReader.markdown() + "\n" + after;
        if (Boolean.getBoolean("cortex.docs.write")) {
            Files.writeString(page, fresh);
        }
        assertThat(Files.readString(page))
                .as("docs/CONFIGURATION.md is stale: mvn test -Dcortex.docs.write=true")
                .isEqualTo(fresh);
    }

    private static Path root() {
        Path dir = Path.of("").toAbsolutePath();
        while (!Files.exists(dir.resolve("cortex.example.toml"))) {
            dir = requireNonNull(dir.getParent());
        }
        return dir;
    }
}

package cortex.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ComputeCapability;
import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelQuirks;
import cortex.core.config.HostPort;
import cortex.core.config.Secret;
import cortex.core.engine.Effort;
import cortex.core.log.LogFormat;
import cortex.core.node.EngineOptions;
import cortex.gateway.access.Network;
import cortex.relay.connection.ClientLimits;
import cortex.relay.connection.Patience;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GatewayConfigReaderTest {
    static final String NEURON =
            """
            [[neurons]]
            name = "beast"
            endpoint = "http://beast.internal:9090/"
            """;

    static final String MODEL =
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

    @Test
    void theLeastThatWorksGetsGoodDefaults() throws IOException {
        Files.writeString(file, NEURON);
        GatewayConfig config = GatewayConfigReader.load(file, Map.of(), 4L << 30).config();
        assertThat(config.server())
                .isEqualTo(
                        new ServerConfig(
                                new HostPort("0.0.0.0", 8000),
                                new HostPort("0.0.0.0", 9100),
                                ClientLimits.usual(),
                                new AccessConfig(List.of(), List.of())));
        assertThat(config.limits())
                .isEqualTo(new LimitsConfig(64 << 20, 16 << 10, 1536L << 20, 256, 8192));
        assertThat(config.timeouts())
                .isEqualTo(
                        new TimeoutsConfig(
                                Duration.ofSeconds(5),
                                Duration.ofMinutes(5),
                                Duration.ofMinutes(10),
                                Duration.ofMinutes(10),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(30)));
        assertThat(config.fleet().polling())
                .isEqualTo(
                        new PollingConfig(
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(3),
                                3,
                                Duration.ofSeconds(15)));
        assertThat(config.fleet().neurons())
                .containsExactly(
                        new NodeAddress("beast", URI.create("http://beast.internal:9090")));
        assertThat(config.server().access().apiKeys()).isEmpty();
        assertThat(config.logFormat()).isEqualTo(LogFormat.HUMAN);
        assertThat(config.fleet().catalogue().names()).containsExactly("tiny");
    }

    private static final String FULL =
            """
            models_config = "sub/catalogue.toml"
            [gateway]
            listen = "127.0.0.1:1"
            metrics_listen = "[::1]:2"
            max_body = "1MiB"
            max_header = "8KiB"
            max_buffered = "14MiB"
            max_waiters = 3
            max_connections = 4
            translation_timeout = "9s"
            keepalive = "1s"
            idle_timeout = "2s"
            queue_timeout = "3s"
            load_stall_timeout = "4s"
            connect_timeout = "5s"
            drain_timeout = "0s"
            connection_idle_timeout = "6s"
            slow_request_timeout = "7s"
            stalled_read_timeout = "8s"
            upload_timeout = "9s"
            min_client_rate = "100B"
            max_header_count = 50
            max_connections_per_client = 2
            max_heads = "1MiB"
            api_keys = ["k"]
            cors_origins = ["https://app.example", "*"]
            hosts = ["llm.example"]
            admin_keys = ["a"]
            admin_key_file = "sub/admin.key"
            trusted_proxies = ["127.0.0.1", "fd00::/8"]
            metrics_key = "m"
            log_format = "json"
            [polling]
            interval = "200ms"
            timeout = "7s"
            misses = 8
            node_grace = "1m"
            max_restart = "4m"
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
            allow_fields = ["cache_prompt"]
            schemas = "plain"
            split_think = true
            tolerate_missing_finish = false
            max_output_tokens = 4096
            """;

    @Test
    void everyKeyIsRead() throws IOException {
        GatewayConfig config = read(FULL + NEURON, FULL_MODEL);
        assertThat(config.limits()).isEqualTo(new LimitsConfig(1 << 20, 8192, 14 << 20, 3, 4));
        assertThat(config.timeouts().translation()).isEqualTo(Duration.ofSeconds(9));
        assertThat(config.timeouts().drain()).isZero();
        assertThat(config.server().clients())
                .isEqualTo(
                        new ClientLimits(
                                50,
                                2,
                                1 << 20,
                                new Patience(
                                        Duration.ofSeconds(6),
                                        Duration.ofSeconds(7),
                                        Duration.ofSeconds(9),
                                        Duration.ofSeconds(8),
                                        100)));
        assertThat(config.timeouts().load()).isEqualTo(Duration.ofSeconds(4));
        assertThat(config.fleet().polling().misses()).isEqualTo(8);
        assertThat(config.fleet().polling().nodeGrace()).isEqualTo(Duration.ofMinutes(1));
        assertThat(config.fleet().polling().maxRestart()).isEqualTo(Duration.ofMinutes(4));
        assertThat(config.server().access())
                .isEqualTo(
                        new AccessConfig(
                                List.of(new Secret("k")),
                                List.of("https://app.example", "*"),
                                List.of("llm.example"),
                                Stream.of("127.0.0.1", "fd00::/8")
                                        .map(text -> Objects.requireNonNull(Network.parse(text)))
                                        .toList(),
                                new Secret("m")));
        assertThat(config.admin().keys()).containsExactly(new Secret("a"));
        assertThat(config.admin().keyFile()).isEqualTo(dir.resolve("sub/admin.key"));
        assertThat(config.fleet().placement()).isEqualTo(new PlacementConfig(512));
        assertThat(config.fleet().eviction())
                .isEqualTo(
                        new EvictionConfig(
                                EvictionConfig.Strategy.PRIORITY,
                                0,
                                Duration.ofSeconds(20),
                                Duration.ofMinutes(2)));
    }

    @Test
    void everyKeyOfAModelIsRead() throws IOException {
        GatewayConfig config = read(FULL + NEURON, FULL_MODEL);
        assertThat(config.fleet().catalogue().find("m"))
                .isEqualTo(
                        new ModelProfile(
                                "org/m",
                                List.of("m"),
                                new ModelProfile.Engine(
                                        "llamacpp",
                                        "Q4_K_M",
                                        new EngineOptions(
                                                new EngineOptions.Origin(
                                                        null, "hf:org/m-GGUF:Q4_K_M"),
                                                8192,
                                                4,
                                                99,
                                                List.of(3.0, 1.5),
                                                "/models/m.mmproj",
                                                List.of("--a", "b"))),
                                new ModelProfile.Needs(
                                        100L,
                                        2,
                                        50L,
                                        new ComputeCapability(8, 0),
                                        List.of("beast")),
                                new ModelProfile.Residency(3, Duration.ofMinutes(30), 1, 2),
                                new ModelQuirks(
                                        new ModelQuirks.Turns(
                                                ModelQuirks.ToolIds.MISTRAL9,
                                                ModelQuirks.UserAfterTool.FOLD,
                                                ModelQuirks.SystemInMiddle.PRESERVE,
                                                ModelQuirks.Alternation.STRICT),
                                        new ModelQuirks.Reasoning(true, Effort.MEDIUM),
                                        new ModelQuirks.Images(
                                                null, List.of("jpeg", "webp"), false),
                                        ModelQuirks.Schemas.PLAIN,
                                        new ModelQuirks.Answers(true, false),
                                        4096,
                                        List.of("cache_prompt")),
                                null));
    }

    private GatewayConfig read(String toml, String catalogue) throws IOException {
        Files.createDirectories(dir.resolve("sub"));
        Files.writeString(dir.resolve("sub/catalogue.toml"), catalogue);
        return read(toml);
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
        assertThat(loaded.config().fleet().neurons().getFirst().endpoint())
                .isEqualTo(URI.create("http://127.0.0.1:9"));
        assertThat(loaded.config().server().access().apiKeys())
                .containsExactly(new Secret("top-secret"));
        assertThat(loaded.effective())
                .contains("# CORTEX_GATEWAY__LISTEN")
                .contains("# cortex.toml:2")
                .contains("api_keys = [\"********\"]")
                .doesNotContain("top-secret");
    }

    @Test
    void whatIsPrintedIsAConfigurationAgain() throws IOException {
        String second =
                """
                [[models]]
                id = "two"
                harness = "demo"
                replicas = { max = 3 }
                quirks = { vision = true }
                """;
        GatewayConfig config = read(NEURON, FULL_MODEL + second);
        String printed = GatewayConfigReader.load(file, Map.of()).effective();
        String[] files = printed.split("\n# .*models\\.toml\n", 2);
        GatewayConfig again = read(files[0], files[1]);
        assertThat(again.fleet().catalogue().profiles())
                .isEqualTo(config.fleet().catalogue().profiles());
        assertThat(again.fleet().neurons()).isEqualTo(config.fleet().neurons());
        assertThat(again.timeouts()).isEqualTo(config.timeouts());
    }

    @Test
    void limitsFollowFromTheHeap() throws IOException {
        Files.writeString(file, NEURON);
        LimitsConfig small = GatewayConfigReader.load(file, Map.of(), 256L << 20).config().limits();
        assertThat(small.maxBuffered()).isEqualTo(96L << 20);
        assertThat(small.maxBody()).isEqualTo(6 << 20);
        assertThat(small.maxConnections()).isEqualTo(744);
        LimitsConfig large = GatewayConfigReader.load(file, Map.of(), 4L << 30).config().limits();
        assertThat(large.maxConnections()).isEqualTo(8192);
    }

    @Test
    void theDocumentationIsFresh() throws IOException {
        Path page = ExamplesTest.root().resolve("docs/CONFIGURATION.md");
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
}

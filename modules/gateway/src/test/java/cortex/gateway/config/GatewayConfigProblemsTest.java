package cortex.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.config.problem.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is wrong with both files is told at once, and where, and what was meant.
class GatewayConfigProblemsTest {
    private static final String NEURON = GatewayConfigReaderTest.NEURON;
    private static final String MODEL = GatewayConfigReaderTest.MODEL;

    private static final long HEAP = 1 << 30;

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

    private List<String> problems(String toml) throws IOException {
        Files.writeString(file, toml);
        return problems();
    }

    private List<String> problems() {
        try {
            GatewayConfigReader.load(file, Map.of(), HEAP);
            return List.of();
        } catch (ConfigException e) {
            return e.problems().stream().map(p -> p.toString().replace(dir + "/", "")).toList();
        }
    }

    @Test
    void anAdminKeyFileThatAStartWouldRefuseIsAProblem() throws IOException {
        Files.writeString(dir.resolve("short"), "x\n");
        assertThat(problems("[gateway]\nadmin_key_file = \"/proc/none/admin.key\"\n" + NEURON))
                .singleElement()
                .asString()
                .startsWith("cortex.toml:2:1: gateway.admin_key_file: /proc/none/admin.key cannot")
                .contains("no file can be made in /proc");
        assertThat(problems("[gateway]\nadmin_key_file = \"short\"\n" + NEURON))
                .singleElement()
                .asString()
                .contains("cortex.toml:2:1: gateway.admin_key_file: ", "short");
        assertThat(problems("[gateway]\nadmin_key_file = \"new/admin.key\"\n" + NEURON)).isEmpty();
        assertThat(Files.exists(dir.resolve("new"))).as("a check leaves nothing").isFalse();
    }

    @Test
    void filesThatCannotBeKeptAreWarnings() throws IOException {
        Files.writeString(file, "[placement]\nstate_file = \"/proc/none/state.json\"\n" + NEURON);
        Map<String, String> nowhere = Map.of("HOME", "/proc/none");
        assertThat(GatewayConfigReader.load(file, nowhere, HEAP).warnings())
                .anyMatch(line -> line.contains("gateway.admin_key_file: cannot write"))
                .anyMatch(
                        line -> line.contains(":2:1: placement.state_file: /proc/none/state.json"));
        Path salt = Files.writeString(dir.resolve("key-names.salt"), "no hex");
        Files.setPosixFilePermissions(salt, PosixFilePermissions.fromString("rw-------"));
        Files.writeString(file, "[placement]\nstate_file = \"state.json\"\n" + NEURON);
        assertThat(GatewayConfigReader.load(file, Map.of(), HEAP).warnings())
                .anyMatch(line ->
                        line.contains(":2:1: placement.state_file: names of keys")
                                && line.endsWith("it holds no number in hex digits; remove it."));
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
            path = "~/relative.gguf"
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
        "cortex.toml:2:1: gateway.listen: listen and metrics_listen both use port 9100. Use two"
                + " different ports.",
        "cortex.toml:3:1: gateway.max_waiters: expected a whole number from 0 to"
                + " 1000000, found -1.",
        "cortex.toml:4:1: gateway.max_body: a body of max_body (1GiB) takes up to 5 times as much"
                + " while it is translated, which max_buffered (384MiB) has no room for. Set"
                + " max_body to 29491KiB or less, or max_buffered to 13654MiB with a heap of twice"
                + " that (CORTEX_JAVA_OPTS=-Xmx27308m).",
        "cortex.toml:5:1: gateway.interval: unknown key. It belongs in [polling].",
        "cortex.toml:7:1: eviction.strategy: expected one of \"lru\","
                + " \"priority\", \"cost\", found \"LRU\". Did you mean 'lru'?",
        "cortex.toml:12:1: neurons[1].name: 'beast' is also the name of the entry at"
                + " cortex.toml:9:1. Names must be unique.",
        "cortex.toml:13:1: neurons[1].endpoint: is also the endpoint of 'beast'. Endpoints must be"
                + " unique.",
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
        "models.toml:11:1: models[1].source: set only one of path and source.",
        "models.toml:12:1: models[1].context: expected a whole number, at least 1,"
                + " found \"8k\".",
        "models.toml:16:1: models[2].aliases: 'coder' would name both b and c.",
        "models.toml:16:1: models[2].aliases: 'c' is given twice.",
        "models.toml:17:1: models[2].vram_mb: expected a whole number, at least 1," + " found 0.",
        "models.toml:18:1: models[2].path: expected a file on the node: an absolute"
                + " path, or one below its model_dirs, found \"~/relative.gguf\".",
        "models.toml:20:1: models[2].min_device_vram_mb: has no meaning with"
                + " min_devices = 0; leave it out.",
        "models.toml:22:1: models[3].id: 'b' is given twice. Model ids must be unique.",
        "models.toml:24:1: model: unknown key. Did you mean 'models'?"
    };

    @Test
    void problemsOfBothFilesAreToldAtOnce() throws IOException {
        models(WRONG_MODELS);
        assertThat(problems(WRONG)).containsExactly(EVERYTHING_WRONG);
    }

    @Test
    void whatCouldExhaustTheHeapIsRefused() throws IOException {
        assertThat(problems("[gateway]\nmax_buffered = \"1GiB\"\n" + NEURON))
                .containsExactly(
                        "cortex.toml:2:1: gateway.max_buffered: max_buffered (1GiB) may be at most"
                            + " half of the heap: with this heap of 1024 MiB set it to 512MiB or"
                            + " less, or start with a larger heap: CORTEX_JAVA_OPTS=-Xmx2048m.");
        assertThat(problems("[gateway]\nmax_buffered = \"8MiB\"\nmax_body = \"1MiB\"\n" + NEURON))
                .containsExactly(
                        "cortex.toml:3:1: gateway.max_body: a body of max_body (1MiB) takes up to 5"
                                + " times as much while it is translated, which max_buffered"
                                + " (8MiB) has no room for. Set max_body to 614KiB or less, or"
                                + " max_buffered to 14MiB with a heap of twice that"
                                + " (CORTEX_JAVA_OPTS=-Xmx28m).");
        assertThat(
                        problems(
                                "[gateway]\nmax_buffered = \"512MiB\"\nmax_body = \"32MiB\"\n"
                                        + NEURON))
                .isEmpty();
    }

    @Test
    void moreConnectionsThanTheHeapHasRoomForAreRefused() throws IOException {
        assertThat(problems("[gateway]\nmax_connections = 8192\nmax_header = \"1MiB\"\n" + NEURON))
                .containsExactly(
                        "cortex.toml:2:1: gateway.max_connections: max_connections (8192) with"
                                + " heads of up to max_header (1MiB) could take more than a"
                                + " quarter of the heap. Set max_connections to 84 or less, or"
                                + " start with a larger heap: CORTEX_JAVA_OPTS=-Xmx99585m.");
        assertThat(problems("[gateway]\nmax_header = \"1MiB\"\n" + NEURON)).isEmpty();
    }

    @Test
    void nothingToServeIsAProblem() throws IOException {
        models("# nothing yet\n");
        assertThat(problems("[gateway]\n"))
                .containsExactly(
                        "cortex.toml:1:1: holds no [[neurons]]. Add one for each GPU machine.",
                        "models.toml: is empty. Start from one of the example files.");
    }

    @Test
    void missingFiles() throws IOException {
        assertThat(problems())
                .containsExactly(
                        "cortex.toml: does not exist. Pass yours with --config FILE, or copy"
                                + " cortex.example.toml.");
        Files.delete(dir.resolve("models.toml"));
        assertThat(problems(NEURON))
                .containsExactly(
                        "cortex.toml:1:1: models_config: file not found: models.toml. Create the"
                                + " model catalogue there (copy models.example.toml), or set"
                                + " models_config to its path.");
        assertThat(problems("models_config = \"x.toml\"\n" + NEURON))
                .containsExactly(
                        "cortex.toml:1:1: models_config: file not found: x.toml. Create the model"
                            + " catalogue there (copy models.example.toml), or set models_config to"
                            + " its path.");
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
    void theNodesOfAModelMustBeThere() throws IOException {
        models(MODEL + "nodes = [\"best\"]\npinned_on = [\"beast\"]\n");
        assertThat(problems(NEURON))
                .containsExactly(
                        "models.toml:4:1: models[0].nodes: there is no node 'best';"
                                + " [[neurons]] has: beast. Did you mean 'beast'?",
                        "models.toml:5:1: models[0].pinned_on: names 'beast', which nodes leaves"
                                + " out. Add it there.");
        models(MODEL + "nodes = []\n");
        assertThat(problems(NEURON))
                .containsExactly(
                        "models.toml:4:1: models[0].nodes: expected at least one node, found [].");
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
}

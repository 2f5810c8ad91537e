package cortex.neuron;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NeuronCommandTest {
    @TempDir Path dir;
    private Path file;

    private record Result(int code, String out, String err) {}

    @BeforeEach
    void writeAGoodConfiguration() throws IOException {
        file = dir.resolve("neuron.toml");
        Files.writeString(
                file, "[neuron]\nlisten = \"127.0.0.1:0\"\n[[harnesses]]\nname = \"demo\"\n");
    }

    private static Result run(Map<String, String> environment, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        PrintWriter errors = new PrintWriter(err);
        int code = new NeuronCommand(new PrintWriter(out), errors, environment).run(args);
        errors.flush();
        return new Result(code, out.toString(), err.toString());
    }

    @Test
    void checkPrintsWhatIsInForce() {
        Result result = run(Map.of(), "check", "--config", file.toString());
        assertThat(result.code()).isZero();
        assertThat(result.err()).isEqualTo("The configuration is fine.\n");
        assertThat(result.out())
                .contains("listen = \"127.0.0.1:0\"")
                .contains("# neuron.toml:2")
                .contains("[[harnesses]]\nname = \"demo\"");
    }

    @Test
    void aBadConfigurationIsExplainedAndNothingStarts() throws IOException {
        Files.writeString(file, "[[harnesses]]\nname = \"dmo\"\nbinry = 1\n");
        for (String command : new String[] {"check", "serve"}) {
            Result result = run(Map.of(), command, "-c", file.toString());
            assertThat(result.code()).isEqualTo(1);
            assertThat(result.err())
                    .isEqualTo(
                            """
                            neuron: 2 problems in the configuration:
                              %1$s:2:1: harnesses[0].name: expected one of "mistralrs", "llamacpp", \
                            "demo", found "dmo". Did you mean 'demo'?
                              %1$s:3:1: harnesses[0].binry: unknown key. Did you mean 'binary'?
                            """
                                    .formatted(file));
        }
    }

    @Test
    void aPortThatIsTakenIsNamedWithItsKey() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + other.getLocalPort();
            Map<String, String> environment = Map.of("NEURON_NEURON__LISTEN", address);
            Result result = run(environment, "serve", "--config", file.toString());
            assertThat(result.code()).isEqualTo(1);
            assertThat(result.err())
                    .isEqualTo(
                            "neuron: cannot listen on %s: port %d is already taken by another"
                                            .formatted(address, other.getLocalPort())
                                    + " program. Change listen in [neuron], or set"
                                    + " NEURON_NEURON__LISTEN.\n");
        }
    }

    @Test
    void aStateDirectoryThatCannotBeUsedIsAProblemWithItsPlace() throws IOException {
        Path blocked = Files.createFile(dir.resolve("blocked"));
        for (String unusable : List.of(blocked.toString(), blocked + "/below", "/proc/nstate")) {
            Files.writeString(
                    file,
                    "[neuron]\nstate_dir = \""
                            + unusable
                            + "\"\nlisten = \"127.0.0.1:0\"\n[[harnesses]]\nname = \"demo\"\n");
            for (String command : List.of("check", "serve")) {
                Result result = run(Map.of(), command, "--config", file.toString());
                assertThat(result.code()).isEqualTo(1);
                assertThat(result.err())
                        .contains(
                                file + ":2:1: neuron.state_dir: " + unusable + " cannot be used: ")
                        .doesNotContain("Exception");
            }
        }
        Map<String, String> usual = Map.of("STATE_DIRECTORY", "/proc/nstate");
        Files.writeString(file, "[neuron]\nopen = true\n[[harnesses]]\nname = \"demo\"\n");
        assertThat(run(usual, "check", "--config", file.toString()).err())
                .contains("/proc/nstate cannot be used: ", "Set state_dir in [neuron].");
        Path fresh = dir.resolve("not/there/yet");
        Map<String, String> good = Map.of("NEURON_NEURON__STATE_DIR", fresh.toString());
        Files.writeString(file, "[neuron]\nopen = true\n[[harnesses]]\nname = \"demo\"\n");
        assertThat(run(good, "check", "--config", file.toString()).code()).isZero();
        assertThat(dir.resolve("not")).as("a check leaves nothing behind").doesNotExist();
    }

    @Test
    void aStateDirectoryThatServeCannotUseIsExplainedInPlainWords() throws IOException {
        Path used = Files.createDirectory(dir.resolve("used"));
        Files.createFile(used.resolve("replicas"));
        Files.createDirectory(used.resolve("lock"));
        Map<String, String> environment =
                Map.of(
                        "NEURON_NEURON__STATE_DIR", used.toString(),
                        "NEURON_NEURON__NVIDIA_SMI", dir.resolve("none").toString());
        Result result = run(environment, "serve", "--config", file.toString());
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .startsWith("neuron: cannot use the state directory " + used + ": ")
                .endsWith(". Set state_dir in [neuron].\n")
                .doesNotContain("Exception");
    }

    @Test
    void checkWarnsOfWhatServeWouldWarnOf() throws IOException {
        Files.writeString(
                file,
                """
                [neuron]
                listen = "0.0.0.0:9090"
                model_dirs = ["modells"]
                [[harnesses]]
                name = "llamacpp"
                binary = "/nope/llama-server"
                """);
        Result result = run(Map.of(), "check", "--config", file.toString());
        assertThat(result.code()).isZero();
        assertThat(result.err().lines())
                .hasSize(4)
                .anyMatch(line ->
                        line.startsWith(
                                        "warning: "
                                                + file
                                                + ":2:1: neuron.listen: without keys it listens on")
                                && line.contains("neuron keys new"))
                .contains(
                        "warning: "
                                + file
                                + ":6:1: harnesses[0].binary: there is no program"
                                + " /nope/llama-server, so harness llamacpp is not offered. Install"
                                + " it or correct binary.")
                .anyMatch(line ->
                        line.startsWith(
                                        "warning: "
                                                + file
                                                + ":3:1: neuron.model_dirs: there is no directory")
                                && line.contains("modells"))
                .last()
                .isEqualTo("The configuration is fine, but for the warnings.");
    }

    @Test
    void enginesDoNotGetTheNeuronsOwnPort() throws IOException {
        Files.writeString(
                file,
                """
                [neuron]
                listen = "127.0.0.1:17191"
                [[harnesses]]
                name = "demo"
                port_range = [17190, 17195]
                """);
        Result result = run(Map.of(), "check", "--config", file.toString());
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .contains(file + ":5:1: harnesses[0].port_range: [17190, 17195] holds 17191");
        Files.writeString(
                file, "[neuron]\nlisten = \"127.0.0.1:8150\"\n[[harnesses]]\nname = \"demo\"\n");
        assertThat(run(Map.of(), "check", "--config", file.toString()).err())
                .contains("harnesses[0].port_range: [8100, 8199] holds 8150");
    }

    @Test
    void aStateDirectoryOfAnotherNeuronIsNamed() throws IOException {
        Path used = Files.createDirectory(dir.resolve("used"));
        Path lock = used.resolve("lock");
        Map<String, String> environment =
                Map.of(
                        "NEURON_NEURON__STATE_DIR", used.toString(),
                        "NEURON_NEURON__NVIDIA_SMI", dir.resolve("none").toString());
        try (var channel = FileChannel.open(lock, CREATE, WRITE);
                var other = channel.lock()) {
            Result result = run(environment, "serve", "--config", file.toString());
            assertThat(other.isValid()).isTrue();
            assertThat(result.code()).isEqualTo(1);
            assertThat(result.err())
                    .startsWith("neuron: cannot use the state directory " + used + ": a")
                    .contains(": another neuron uses it. Stop that one, or give this one its own");
        }
    }

    @Test
    void stoppingWhatDoesNotRunIsExplained() {
        Path state = dir.resolve("state");
        Map<String, String> environment = Map.of("NEURON_NEURON__STATE_DIR", state.toString());
        for (String how : List.of("--keep", "--unload")) {
            Result result = run(environment, "stop", how, "--config", file.toString());
            assertThat(result.code()).isEqualTo(1);
            assertThat(result.err())
                    .isEqualTo(
                            "neuron: no neuron uses the state directory "
                                    + state
                                    + ". Name its configuration with --config.\n");
        }
        Result both = run(environment, "stop", "--keep", "--unload", "-c", file.toString());
        assertThat(both.code()).isEqualTo(2);
        assertThat(both.err()).isEqualTo("--keep and --unload exclude each other.\n");
    }

    @Test
    void wrongCallsAreExplainedWithExitCode2() {
        assertThat(run(Map.of()).code()).isEqualTo(2);
        assertThat(run(Map.of()).err()).contains("Usage: neuron", "serve", "check");
        assertThat(run(Map.of(), "chek").err()).contains("Did you mean: neuron check?");
        assertThat(run(Map.of(), "chek").code()).isEqualTo(2);
        assertThat(run(Map.of(), "--version").out()).startsWith("neuron ");
        assertThat(run(Map.of(), "--help").code()).isZero();
    }
}

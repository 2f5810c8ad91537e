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
    void aStateDirectoryThatCannotBeUsedIsNamed() throws IOException {
        Path blocked = Files.createFile(dir.resolve("blocked"));
        Map<String, String> environment =
                Map.of(
                        "NEURON_NEURON__STATE_DIR", blocked.toString(),
                        "NEURON_NEURON__NVIDIA_SMI", dir.resolve("none").toString());
        Result result = run(environment, "serve", "--config", file.toString());
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .startsWith("neuron: could not start with the state directory " + blocked + ": ")
                .endsWith(". Change state_dir in [neuron].\n");
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
                    .startsWith("neuron: could not start with the state directory " + used + ": a")
                    .contains(": another neuron uses the state directory " + used);
        }
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

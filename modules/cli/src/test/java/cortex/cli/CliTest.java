package cortex.cli;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.cli.Console.Result;
import cortex.cli.terminal.Terminal;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CliTest {
    @TempDir Path dir;
    private Path file;

    @BeforeEach
    void writeAGoodConfiguration() throws IOException {
        file = dir.resolve("cortex.toml");
        Files.writeString(
                file,
                """
                [gateway]
                listen = "127.0.0.1:0"
                metrics_listen = "127.0.0.1:0"
                api_keys = ["sk-hidden-0123456789"]
                [[neurons]]
                name = "here"
                endpoint = "http://127.0.0.1:9090"
                """);
        Files.writeString(
                dir.resolve("models.toml"), "[[models]]\nid = \"tiny\"\nharness = \"demo\"\n");
    }

    private static Result run(String... args) {
        return Console.run("", Map.of(), args);
    }

    @Test
    void checkWarnsOfWhatIsHardlyMeant() throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        Result result =
                Console.run(
                        "",
                        Map.of("CORTEX_GATEWAY_LISTEN", "127.0.0.1:1"),
                        "check",
                        "--config",
                        file.toString());
        assertThat(result.code()).isZero();
        assertThat(result.err())
                .contains("warning: ", "cortex.toml: holds keys, and every user")
                .contains("warning: environment variable CORTEX_GATEWAY_LISTEN: has no effect")
                .contains("Did you mean CORTEX_GATEWAY__LISTEN?")
                .endsWith("The configuration is fine, but for the warnings.\n");
    }

    /// As `cortex check 2>&1` shows it.
    @Test
    void checkPrintsItsValuesThenWarningsThenTheVerdict() throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        StringWriter both = new StringWriter();
        Terminal terminal =
                new Terminal(
                        new PrintWriter(new BufferedWriter(both)),
                        new PrintWriter(both),
                        InputStream.nullInputStream(),
                        Map.of());
        assertThat(new Cli(terminal).run("check", "--config", file.toString())).isZero();
        terminal.err().flush();
        assertThat(both.toString())
                .containsSubsequence("[[models]]", "warning: ", "The configuration is fine, but")
                .endsWith("The configuration is fine, but for the warnings.\n");
    }

    @Test
    void checkPrintsWhatIsInForce() throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Result result = run("check", "--config", file.toString());
        assertThat(result.code()).isZero();
        assertThat(result.err()).isEqualTo("The configuration is fine.\n");
        assertThat(result.out())
                .contains("listen = \"127.0.0.1:0\"")
                .contains("# cortex.toml:2")
                .contains("queue_timeout = \"10m\"")
                .contains("[[models]]\nid = \"tiny\"")
                .contains("api_keys = [\"********\"]")
                .doesNotContain("sk-hidden-0123456789");
    }

    @Test
    void checkTellsAllProblems() throws IOException {
        Files.writeString(file, "[gatway]\n");
        Result result = run("check", "-c", file.toString());
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .isEqualTo(
                        """
                        cortex: 2 problems in the configuration:
                          %1$s:1:1: holds no [[neurons]]. Add one for each GPU machine.
                          %1$s:1:1: gatway: unknown key. Did you mean 'gateway'?
                        """
                                .formatted(file));
    }

    @Test
    void serveDoesNotStartWithABadConfiguration() {
        Result result = run("serve", "--config", dir.resolve("none.toml").toString());
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo(
                        """
                        cortex: 1 problem in the configuration:
                          %s/none.toml: does not exist. Pass yours with --config FILE, or copy cortex.example.toml.
                        """
                                .formatted(dir));
    }

    @Test
    void serveNamesEveryPortThatIsTakenAndTheKeyToChange() throws IOException {
        try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket two = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Map<String, String> environment =
                    Map.of(
                            "CORTEX_GATEWAY__LISTEN", "127.0.0.1:" + one.getLocalPort(),
                            "CORTEX_GATEWAY__METRICS_LISTEN", "127.0.0.1:" + two.getLocalPort());
            Result result = Console.run("", environment, "serve", "--config", file.toString());
            assertThat(result.code()).isEqualTo(1);
            assertThat(result.err())
                    .isEqualTo(
                            """
                            cortex: cannot listen on 127.0.0.1:%1$d: port %1$d is already taken by \
                            another program. Change listen in [gateway], or set CORTEX_GATEWAY__LISTEN.
                            cortex: cannot listen on 127.0.0.1:%2$d: port %2$d is already taken by \
                            another program. Change metrics_listen in [gateway], or set \
                            CORTEX_GATEWAY__METRICS_LISTEN.
                            """
                                    .formatted(one.getLocalPort(), two.getLocalPort()));
        }
    }

    @Test
    void wrongCallsAreExplainedWithExitCode2() {
        assertThat(run().code()).isEqualTo(2);
        assertThat(run().err()).contains("Usage: cortex", "serve", "check", "status", "chat");
        assertThat(run("statu").code()).isEqualTo(2);
        assertThat(run("statu").err()).contains("Did you mean: cortex status");
        assertThat(run("verify").err()).contains("MODEL");
        assertThat(run("verify", "tiny", "--timeout", "0").code()).isEqualTo(2);
        assertThat(run("check", "--confg", "x").code()).isEqualTo(2);
        assertThat(run("check", "--config").code()).isEqualTo(2);
        assertThat(run("chat").code()).isEqualTo(2);
        assertThat(run("chat").err()).contains("MODEL");
        assertThat(run("status", "--url", "ftp://x").code()).isEqualTo(2);
        assertThat(run("simulate", "--generate", "nope").code()).isEqualTo(2);
        assertThat(run("simulate", "--generate", "zipf", "--strategy", "nope").code()).isEqualTo(2);
        assertThat(run("simulate", "--seeds", "0").code()).isEqualTo(2);
        assertThat(run("simulate", "--seed", "7", "--json").code()).isEqualTo(2);
    }

    @Test
    void onlyWhatIsNearIsAskedFor() {
        assertThat(run("bogus").err())
                .isEqualTo("There is no command 'bogus'.\nSee: cortex --help\n");
        assertThat(run("status", "extra").err())
                .isEqualTo("status takes no argument 'extra'.\nSee: cortex status --help\n");
        assertThat(run("verify", "tiny", "--timeout", "abc").err())
                .startsWith("--timeout takes a whole number, not 'abc'.\n");
        assertThat(run("--help").out()).contains("Print the help of a command.");
        assertThat(run("stat").err()).endsWith("Did you mean: cortex status?\n");
        assertThat(run("check", "--confg=x").err()).endsWith("Did you mean: --config?\n");
    }

    @Test
    void aSimulationTellsWhatItDidAndReplaysOneSeed() {
        Result many = run("simulate", "--seeds", "2", "--from", "7", "--events", "300");
        assertThat(many.code()).isZero();
        assertThat(many.out()).startsWith("2 seeds, ").contains("every invariant held.");
        Result one = run("simulate", "--seed", "7", "--events", "300", "--lines", "20");
        assertThat(one.code()).isZero();
        assertThat(one.out().lines()).hasSize(22);
        Result json = run("simulate", "--seeds", "1", "--events", "300", "--json");
        assertThat(json.out()).startsWith("{\"seeds\":1,\"events\":");
        assertThat(run("simulate", "--trace", "/none").err())
                .isEqualTo("cortex: /none: there is no such file.\n");
        assertThat(one.out()).contains("seed 7: cortex: ").endsWith("Every invariant held.\n");
        assertThat(run("simulate", "--seed", "7", "--events", "300", "--lines", "20").out())
                .isEqualTo(one.out());
        assertThat(run("simulate", "--seeds", "-1").err()).contains("--seeds takes a number");
    }

    @Test
    void helpAndVersion() {
        assertThat(run("--version").code()).isZero();
        assertThat(run("--version").out()).startsWith("cortex ");
        assertThat(run("--help").out()).contains("Usage: cortex");
        assertThat(run("help").out()).isEqualTo(run("--help").out());
        assertThat(run("help", "status").out()).isEqualTo(run("status", "--help").out());
        assertThat(run("help", "statu").code()).isEqualTo(2);
        assertThat(run("check", "--help").code()).isZero();
        assertThat(run("check", "--help").out()).contains("/etc/cortex/cortex.toml");
    }
}

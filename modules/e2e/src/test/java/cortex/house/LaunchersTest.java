package cortex.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The launchers, with a java that only tells what it was called with, in an installation with a
/// space in its path.
@Timeout(60)
class LaunchersTest {
    @TempDir private Path dir;
    private Path home;
    private Path lib;

    @BeforeEach
    void install() throws IOException {
        home = Files.createDirectories(dir.toRealPath().resolve("the house"));
        lib = Files.createDirectories(home.resolve("lib"));
        Files.createFile(lib.resolve("cortex-core-1.jar"));
        Path bin = Files.createDirectories(home.resolve("bin"));
        Path launchers = Sources.root().resolve("dist/bin");
        for (String name : List.of("cortex", "neuron", "find-java")) {
            Files.copy(launchers.resolve(name), bin.resolve(name));
        }
        java("a jdk", "25.0.1", "#!/bin/sh\nfor a in \"$@\"; do echo \"<$a>\"; done\n");
        java("old", "17.0.15", "#!/bin/sh\necho old\n");
    }

    private void java(String name, String version, String script) throws IOException {
        Path jdk = Files.createDirectories(dir.resolve(name + "/bin")).resolveSibling("release");
        Files.writeString(jdk, "JAVA_VERSION=\"" + version + "\"\n");
        Path java = Files.writeString(dir.resolve(name + "/bin/java"), script);
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private List<String> run(Path program, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("/bin/sh", program.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().put("PATH", dir.resolve("old/bin") + ":/usr/bin:/bin");
        builder.environment().putAll(environment);
        builder.directory(dir.toFile());
        Process process = builder.start();
        try (var out = process.inputReader(StandardCharsets.UTF_8)) {
            return out.lines().toList();
        } finally {
            process.waitFor();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cortex", "neuron"})
    void startTheirModuleFromAnyPathWithWhatTheyWereGiven(String name) throws Exception {
        Files.createFile(lib.resolve(name + ".aot"));
        Path link = Files.createSymbolicLink(dir.resolve("link"), home.resolve("bin/" + name));
        Map<String, String> environment =
                Map.of(
                        "JAVA_HOME",
                        dir.resolve("a jdk").toString(),
                        name.toUpperCase(Locale.ROOT) + "_JAVA_OPTS",
                        "-Da=1 -Db=2");

        List<String> said = run(link, environment, "serve", "--config", "my file.toml");

        assertThat(said)
                .contains("<-XX:AOTCache=" + lib.resolve(name + ".aot") + ">", "<-Da=1>", "<-Db=2>")
                .containsSubsequence("<-p>", "<" + lib + ">", "<-m>");
        assertThat(said).as("serve stops in order").doesNotContain("<-Xrs>");
        assertThat(run(link, environment, "check")).as("Ctrl-C ends it").contains("<-Xrs>");
        assertThat(said.subList(said.size() - 3, said.size()))
                .containsExactly("<serve>", "<--config>", "<my file.toml>");
    }

    /// What a JVM says of itself would else be in what a script reads; of a cache that does not fit
    /// it says nothing, since every copied one does not.
    @ParameterizedTest
    @ValueSource(strings = {"cortex", "neuron"})
    void leaveStdoutToTheCommand(String name) throws Exception {
        String java = System.getProperty("java.home") + "/bin/java";
        java(
                "a jdk",
                "25.0.1",
                """
                #!/bin/bash
                options=()
                for a; do [ "$a" = -p ] && break; options+=("$a"); done
                exec '%s' "${options[@]}" -version 2>'%s'
                """
                        .formatted(java, dir.resolve("errors")));
        Files.writeString(lib.resolve(name + ".aot"), "no cache");
        String jdk = dir.resolve("a jdk").toString();

        assertThat(run(home.resolve("bin/" + name), Map.of("JAVA_HOME", jdk), "check")).isEmpty();
        assertThat(dir.resolve("errors"))
                .content()
                .contains("version")
                .doesNotContain("[error", "[warning");

        String options = name.toUpperCase(Locale.ROOT) + "_JAVA_OPTS";
        Map<String, String> odd =
                Map.of("JAVA_HOME", jdk, options, "-XX:NewSize=400m -XX:MaxNewSize=100m");
        assertThat(run(home.resolve("bin/" + name), odd, "check")).isEmpty();
        assertThat(dir.resolve("errors")).content().contains("[warning");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo",
                "aot",
                "bench",
                "agents-check",
                "plants-check",
                "llama-server/install"
            })
    void everyScriptTellsWhatItDoesInsteadOfDoingIt(String name) throws Exception {
        Path program = Sources.root().resolve("dist/" + name);
        Path script =
                Files.writeString(dir.resolve("script"), "exec bash '" + program + "' --help\n");

        assertThat(run(script, Map.of()))
                .hasSizeGreaterThan(2)
                .noneMatch(line -> line.startsWith("set -") || line.contains("$(cd"));
    }

    /// As under systemd, which sets no HOME for a service without a user.
    @Test
    void needNoHome() throws Exception {
        Path launcher = home.resolve("bin/neuron");
        Map<String, String> wrong = Map.of("JAVA_HOME", dir.resolve("old").toString());
        assertThat(String.join("\n", run(launcher, wrong, "check")))
                .doesNotContain("parameter not set", "unbound");
    }

    /// A key, an address or an override of the caller's shell is another fleet's.
    @Test
    void whatTheShellSaysOfAnotherFleetIsForgotten() throws Exception {
        Path settings = Sources.root().resolve("dist/demo-tools/own-settings");
        Path script =
                Files.writeString(
                        dir.resolve("script"),
                        "exec bash -euc '. \"$0\"; env' '" + settings + "'\n");
        Map<String, String> environment =
                Map.of(
                        "CORTEX_ADMIN_KEY", "k",
                        "CORTEX_URL", "http://other:8000",
                        "CORTEX_GATEWAY__LISTEN", "0.0.0.0:1",
                        "NEURON_NEURON__KEYS", "k",
                        "CREDENTIALS_DIRECTORY", "/run/credentials/x",
                        "CORTEX_JAVA_OPTS", "-Xmx1g");
        assertThat(run(script, environment))
                .contains("CORTEX_JAVA_OPTS=-Xmx1g")
                .noneMatch(line -> line.startsWith("NEURON_") || line.startsWith("CREDENTIALS_"))
                .filteredOn(line -> line.startsWith("CORTEX_"))
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "agents-check", "aot", "bench"})
    void whoeverStartsAFleetOfItsOwnForgetsIt(String name) throws Exception {
        assertThat(Files.readString(Sources.root().resolve("dist/" + name)))
                .contains(". \"$here/demo-tools/own-settings\"\n");
    }
}

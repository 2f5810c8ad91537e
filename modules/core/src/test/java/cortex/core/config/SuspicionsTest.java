package cortex.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.config.problem.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a configuration may be, and hardly is meant to be.
class SuspicionsTest {
    private static final ValueType<List<Secret>> KEYS =
            ValueTypes.listOf(ValueTypes.SECRET, "an array of keys");

    @TempDir Path dir;

    private List<String> warnings(String toml, String permissions, Map<String, String> environment)
            throws IOException {
        Path file = Files.writeString(dir.resolve("house.toml"), toml);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        ConfigReading reading = ConfigReading.from(environment);
        Section root = reading.open(file, "", "HOUSE_");
        root.read("title", ValueTypes.TEXT, "").or("");
        Section server = root.table("server", "");
        server.read("keys", KEYS, "").or(List.of());
        server.read("listen", ValueTypes.TEXT, "").or("");
        root.tables("doors", "").forEach(door -> door.read("name", ValueTypes.TEXT, "").or(""));
        reading.finish();
        return reading.warnings().stream().map(line -> line.replace(dir + "/", "")).toList();
    }

    @Test
    void aVariableThatMissesAnUnderscoreIsNamed() throws IOException {
        Map<String, String> environment =
                Map.of(
                        "HOUSE_SERVER_LISTEN", "x",
                        "HOUSE_TITLE", "x",
                        "HOUSE_DOORS_1_NAME", "x",
                        "HOUSE_JAVA_OPTS", "x",
                        "HOUSE_SERVER__LISTEN", "x",
                        "OTHER_SERVER_LISTEN", "x");
        assertThat(warnings("[[doors]]\n", "rw-r--r--", environment))
                .containsExactly(
                        "environment variable HOUSE_DOORS_1_NAME: has no effect. Did you mean"
                                + " HOUSE_DOORS__0__NAME?",
                        "environment variable HOUSE_SERVER_LISTEN: has no effect. Did you mean"
                                + " HOUSE_SERVER__LISTEN?",
                        "environment variable HOUSE_TITLE: has no effect. Did you mean"
                                + " HOUSE__TITLE?");
    }

    @Test
    void aFileWithKeysThatEverybodyCanReadIsNamed() throws IOException {
        String keys = "[server]\nkeys = [\"k\"]\n";
        assertThat(warnings(keys, "rw-r--r--", Map.of()))
                .containsExactly(
                        "house.toml: holds keys, and every user of this host can read it. Run:"
                                + " chmod 600 house.toml");
        assertThat(warnings(keys, "rw-r-----", Map.of()))
                .containsExactly(
                        "house.toml: holds keys, and its group can read it. Run: chmod 600"
                                + " house.toml");
        assertThat(warnings(keys, "rw-------", Map.of())).isEmpty();
        assertThat(warnings("title = \"t\"\n", "rw-r--r--", Map.of("HOUSE_SERVER__KEYS", "k")))
                .as("the key is not in the file")
                .isEmpty();
    }

    @Test
    void theKeyOfTheExampleIsNone() throws IOException {
        assertThat(warnings("[server]\nkeys = [\"change-me\"]\n", "rw-------", Map.of()))
                .singleElement()
                .asString()
                .startsWith(
                        "house.toml:2:1: server.keys: is the example's key, which everybody"
                                + " knows.");
    }

    @Test
    void oneBracketForTwoIsOneProblem() {
        assertThatThrownBy(() ->
                        warnings(
                                "[doors]\nname = \"d\"\n[[server]]\nlisten = \"x\"\n",
                                "rw-------",
                                Map.of()))
                .isInstanceOfSatisfying(
                        ConfigException.class,
                        e ->
                                assertThat(e.problems())
                                        .extracting(problem -> problem.message())
                                        .containsExactly(
                                                "expected tables that begin with [[doors]], in two"
                                                        + " brackets.",
                                                "expected a table that begins with [server], in"
                                                        + " one bracket."));
    }
}

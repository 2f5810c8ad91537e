package cortex.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.config.problem.ConfigException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tomlj.Toml;

class ConfigReadingTest {
    @TempDir Path dir;
    private Path file;

    private record Door(String name, URI url, List<Integer> ports) {}

    private record House(
            String title,
            HostPort listen,
            Duration pause,
            ByteSize size,
            List<Secret> keys,
            @Nullable Boolean open,
            List<Door> doors) {}

    @BeforeEach
    void nameTheFile() {
        file = dir.resolve("house.toml");
    }

    private static House house(Section root) {
        String title = root.read("title", ValueTypes.TEXT, "Its name.").required();
        Section server = root.table("server", "The server.");
        ValueType<Duration> wait = ValueTypes.duration(Duration.ofMillis(1));
        ValueType<ByteSize> size = ValueTypes.byteSize(ByteSize.kib(1), ByteSize.mib(1));
        return new House(
                title,
                server.read("listen", ValueTypes.HOST_PORT, "Where.")
                        .or(new HostPort("localhost", 1)),
                server.read("wait", wait, "How long.").or(Duration.ofSeconds(5)),
                server.read("size", size, "How much.").or(ByteSize.kib(64)),
                server.read(
                                "keys",
                                ValueTypes.listOf(ValueTypes.SECRET, "an array of keys"),
                                "Who.")
                        .or(List.of()),
                server.read("open", ValueTypes.BOOLEAN, "Whether.").orNull(),
                root.tables("doors", "The doors.").stream().map(ConfigReadingTest::door).toList());
    }

    private static Door door(Section section) {
        ValueType<List<Integer>> ports =
                ValueTypes.listOf(ValueTypes.integer(1, 65_535), "an array of ports");
        return new Door(
                section.read("name", ValueTypes.TEXT, "Its name.").required(),
                section.read("url", ValueTypes.BASE_URL, "Where it leads | or not.").required(),
                section.read("ports", ports, "Its ports.").or(List.of()));
    }

    private ConfigReading read(String toml, Map<String, String> environment) throws IOException {
        Files.writeString(file, toml);
        return ConfigReading.from(environment);
    }

    private House good(String toml, Map<String, String> environment) throws IOException {
        ConfigReading reading = read(toml, environment);
        House house = house(reading.open(file, "A house.", "HOUSE_"));
        reading.finish();
        return house;
    }

    private List<String> problems(String toml, Map<String, String> environment) throws IOException {
        ConfigReading reading = read(toml, environment);
        house(reading.open(file, "A house.", "HOUSE_"));
        try {
            reading.finish();
            return List.of();
        } catch (ConfigException e) {
            String prefix = file + ":";
            return e.problems().stream().map(p -> p.toString().replace(prefix, "")).toList();
        }
    }

    private static final String GOOD =
            """
            title = "my house"
            [server]
            listen = "[::1]:80"
            keys = ["sk-1", "sk-2"]
            [[doors]]
            name = "front"
            url = "https://example.org/a/"
            [[doors]]
            name = "back"
            url = "http://10.0.0.1:8080"
            ports = [1, 2]
            """;

    @Test
    void readsWhatIsThereAndTheDefaultsOfTheRest() throws IOException {
        assertThat(good(GOOD, Map.of()))
                .isEqualTo(
                        new House(
                                "my house",
                                new HostPort("::1", 80),
                                Duration.ofSeconds(5),
                                ByteSize.kib(64),
                                List.of(new Secret("sk-1"), new Secret("sk-2")),
                                null,
                                List.of(
                                        new Door(
                                                "front",
                                                URI.create("https://example.org/a"),
                                                List.of()),
                                        new Door(
                                                "back",
                                                URI.create("http://10.0.0.1:8080"),
                                                List.of(1, 2)))));
    }

    @Test
    void theEnvironmentOverridesAndAdds() throws IOException {
        House house =
                good(
                        GOOD,
                        Map.of(
                                "HOUSE_SERVER__LISTEN", "0.0.0.0:1",
                                "HOUSE_SERVER__OPEN", "true",
                                "HOUSE_SERVER__KEYS", "a, b",
                                "HOUSE__TITLE", "123",
                                "HOUSE_DOORS__1__PORTS", "[7, 8]",
                                "HOUSE_DOORS__2__NAME", "cellar",
                                "HOUSE_DOORS__2__URL", "http://c",
                                "HOUSE_HOME", "/nothing/to/do/with/it",
                                "OTHER_X__Y", "z"));
        assertThat(house.listen()).isEqualTo(new HostPort("0.0.0.0", 1));
        assertThat(house.open()).isTrue();
        assertThat(house.keys()).containsExactly(new Secret("a"), new Secret("b"));
        assertThat(house.title()).isEqualTo("123");
        assertThat(house.doors()).hasSize(3);
        assertThat(house.doors().get(1).ports()).containsExactly(7, 8);
        assertThat(house.doors().get(2).url()).isEqualTo(URI.create("http://c"));
    }

    @Test
    void aWordFromTheEnvironmentIsATextWhateverItLooksLike() throws IOException {
        House house = good(GOOD, Map.of("HOUSE_SERVER__KEYS", "12345", "HOUSE__TITLE", "true"));
        assertThat(house.keys()).containsExactly(new Secret("12345"));
        assertThat(house.title()).isEqualTo("true");
    }

    @Test
    void elevenTablesFromTheEnvironmentComeInOrder() throws IOException {
        var environment = new java.util.HashMap<String, String>();
        for (int i = 0; i < 11; i++) {
            environment.put("HOUSE_DOORS__" + i + "__NAME", "d" + i);
            environment.put("HOUSE_DOORS__" + i + "__URL", "http://h" + i);
        }
        assertThat(good("title = 't'", environment).doors()).hasSize(11);
    }

    @Test
    void tellsEveryProblemAtOnce() throws IOException {
        String toml =
                """
                titel = "x"
                wait = "5s"
                [server]
                listen = "8000"
                wait = 5
                size = "2MiB"
                keys = ["sk-secret", 7]
                open = "yes"
                [servr]
                [[doors]]
                name = ""
                url = "http://user:password@host"
                ports = [0]
                [[doors]]
                colour = "red"
                """;
        assertThat(problems(toml, Map.of()))
                .containsExactly(
                        "1:1: titel: unknown key. Did you mean 'title'?",
                        "2:1: wait: unknown key. It belongs in [server].",
                        "4:1: server.listen: expected an address and a port such as"
                                + " \"0.0.0.0:8000\" or \"[::1]:8000\", found \"8000\".",
                        "5:1: server.wait: expected a duration such as \"500ms\", \"5s\" or"
                                + " \"2m\", at least \"1ms\", found 5.",
                        "6:1: server.size: expected a size such as \"64KiB\" or \"64MiB\", from"
                                + " \"1KiB\" to \"1MiB\", found \"2MiB\".",
                        "7:1: server.keys: expected an array of keys.",
                        "8:1: server.open: expected true or false, found \"yes\".",
                        "9:1: servr: unknown key. Did you mean 'server'?",
                        "11:1: doors[0].name: expected a non-empty string in quotes, found \"\".",
                        "12:1: doors[0].url: expected a base URL such as \"http://host:9090\""
                                + " (http or https, without user, query or fragment), found"
                                + " \"http://***@host\".",
                        "13:1: doors[0].ports: expected an array of ports, found [0].",
                        "14:1: doors[1].name: is missing: expected a non-empty string in quotes.",
                        "14:1: doors[1].url: is missing: expected a base URL such as"
                                + " \"http://host:9090\" (http or https, without user, query or"
                                + " fragment).",
                        "15:1: doors[1].colour: unknown key. Valid here: name, url, ports.");
    }

    @Test
    void problemsFromTheEnvironmentNameTheVariable() throws IOException {
        Map<String, String> environment =
                Map.of(
                        "HOUSE_SERVER__LISEN", "0.0.0.0:1",
                        "HOUSE_SERVER__WAIT", "soon",
                        "HOUSE_DOORS__9__NAME", "x",
                        "HOUSE_SERVER____X", "x",
                        "HOUSE_SERVER__KEYS", "[1]",
                        "HOUSE_DOORS__0__PORTS", "1,two",
                        "HOUSE_DOORS__1__PORTS", " [1, 2");
        assertThat(problems(GOOD, environment))
                .containsExactlyInAnyOrder(
                        "environment variable HOUSE_SERVER__LISEN: server.lisen: unknown key. Did"
                                + " you mean 'listen'?",
                        "environment variable HOUSE_SERVER__WAIT: server.wait: expected a duration"
                                + " such as \"500ms\", \"5s\" or \"2m\", at least \"1ms\", found"
                                + " \"soon\".",
                        "environment variable HOUSE_DOORS__9__NAME: doors[9]: does not exist:"
                                + " there are 2, so the next index is 2.",
                        "environment variable HOUSE_SERVER____X: names no key: a part between two"
                                + " '__' is empty.",
                        "environment variable HOUSE_SERVER__KEYS: server.keys: expected an array"
                                + " of keys.",
                        "environment variable HOUSE_DOORS__0__PORTS: doors[0].ports: expected an"
                                + " array of ports, found \"1,two\".",
                        "environment variable HOUSE_DOORS__1__PORTS: doors[1].ports: expected an"
                                + " array of ports, found \" [1, 2\".");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://h:0",
                "http://h:65536",
                "http://:1",
                "ftp://h",
                "h:1",
                "http://h?a",
                "http://h#a",
                "http://u@h"
            })
    void whatIsNoBaseUrl(String url) throws IOException {
        assertThat(problems(GOOD, Map.of("HOUSE_DOORS__0__URL", url)))
                .singleElement()
                .asString()
                .contains("doors[0].url: expected a base URL");
    }

    @Test
    void syntaxErrorsDoNotHideTheRestNorBlameItForTheirConsequences() throws IOException {
        String toml =
                """
                title = my house
                [server]
                listen = "8000
                waitt = "5s"
                [doors]
                name = "x"
                """;
        assertThat(problems(toml, Map.of()))
                .containsExactly(
                        "1:9: not valid TOML: Unexpected 'm', expected a value.",
                        "3:15: not valid TOML: Unexpected end of line, expected \" or a character.",
                        "4:1: server.waitt: unknown key. Did you mean 'wait'?",
                        "5:1: doors: expected tables that begin with [[doors]], in two brackets.");
    }

    @Test
    void filesThatCannotBeRead() throws IOException {
        assertThat(problems("", Map.of()))
                .containsExactly(" is empty. Start from one of the example files.");
        assertThat(problems("# only a comment\n", Map.of())).hasSize(1);
        assertThat(problems("[server]\nserver = 1\n[[server]]", Map.of()))
                .anyMatch(problem -> problem.contains("not valid TOML"));
        Files.write(file, new byte[] {(byte) 0x89, 'P', 'N', 'G', 0, (byte) 0xff});
        assertThat(opened(file))
                .containsExactly(file + ": is not UTF-8 text, so it cannot be TOML.");
        assertThat(opened(dir)).containsExactly(dir + ": is a directory. Pass a TOML file.");
        Path none = dir.resolve("none.toml");
        assertThat(opened(none)).containsExactly(none + ": does not exist.");
    }

    private static List<String> opened(Path path) {
        ConfigReading reading = ConfigReading.from(Map.of());
        house(reading.open(path, ""));
        try {
            reading.finish();
            return List.of();
        } catch (ConfigException e) {
            return e.problems().stream().map(Object::toString).toList();
        }
    }

    @Test
    void theMessageCountsAndLists() throws IOException {
        Files.writeString(file, "title = 1\nx = 2\n");
        ConfigReading reading = ConfigReading.from(Map.of());
        house(reading.open(file, ""));
        assertThatThrownBy(reading::finish)
                .isInstanceOf(ConfigException.class)
                .hasMessage(
                        """
                        2 problems in the configuration:
                          %1$s:1:1: title: expected a non-empty string in quotes, found 1.
                          %1$s:2:1: x: unknown key. Valid here: title, doors, server.\
                        """
                                .formatted(file));
    }

    @Test
    void printsWhatIsInForceWithOriginsAndWithoutSecrets() throws IOException {
        ConfigReading reading = read(GOOD, Map.of("HOUSE_SERVER__WAIT", "1m"));
        house(reading.open(file, "", "HOUSE_"));
        reading.finish();
        String text = reading.effective();
        assertThat(text)
                .contains("title = \"my house\"                          # house.toml:1")
                .contains("wait = \"1m\"                                 # HOUSE_SERVER__WAIT")
                .contains("size = \"64KiB\"                              # default")
                .contains("keys = [\"********\", \"********\"]             # house.toml:4")
                .doesNotContain("sk-");
        assertThat(Toml.parse(text).errors()).isEmpty();
        assertThat(good(text, Map.of()).pause()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void documentsEveryKey() {
        ConfigReading reading = ConfigReading.documentation();
        house(reading.open(Path.of("house.toml"), "A house."));
        reading.finish();
        assertThat(reading.markdown())
                .startsWith("## house.toml\n\nA house.\n\n| key | value | default | meaning |\n")
                .contains("| `title` | a non-empty string in quotes | **required** | Its name. |")
                .contains("### `[server]`\n\nThe server.\n")
                .contains("| `size` |")
                .contains("| `\"64KiB\"` | How much. |")
                .contains("| `open` | true or false | not set | Whether. |")
                .contains("### `[[doors]]`")
                .contains("Where it leads \\| or not.");
    }
}

package cortex.demo;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.demo.flags.FlagsReader;
import cortex.demo.flags.Switch;
import cortex.demo.script.Directive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The tables of docs/DEMO-ENGINE.md are what the code says; `-Dcortex.docs.write=true` writes them
/// anew.
final class DocumentTest {
    private static final Path PAGE = Path.of("..", "..", "docs", "DEMO-ENGINE.md");

    @Test
    void theTablesOfThePageAreTheCodes() throws IOException {
        String page = Files.readString(PAGE);
        String right = with(page, "switches", switches());
        right = with(right, "directives", directives());
        if (Boolean.getBoolean("cortex.docs.write")) {
            Files.writeString(PAGE, right);
            return;
        }
        assertThat(page).as("run this test with -Dcortex.docs.write=true").isEqualTo(right);
    }

    @Test
    void helpHasThemAll() {
        String help = FlagsReader.of("--help").help();
        Stream.concat(
                        Arrays.stream(Switch.values()).map(Switch::word),
                        Arrays.stream(Directive.values()).map(Directive::example))
                .forEach(word -> assertThat(help).contains(word));
    }

    /// `page` with `table` between the marks of `name`.
    private static String with(String page, String name, String table) {
        String begin = "<!-- " + name + " -->\n";
        String end = "<!-- end -->";
        int from = page.indexOf(begin) + begin.length();
        assertThat(from).isGreaterThanOrEqualTo(begin.length());
        return page.substring(0, from) + table + page.substring(page.indexOf(end, from));
    }

    private static String switches() {
        return table(
                "| switch | also | what it does |",
                Arrays.stream(Switch.values())
                        .map(one ->
                                "| `%s` | %s | %s |"
                                        .formatted(
                                                one.example(),
                                                one.others().stream()
                                                        .map(other -> "`" + other + "`")
                                                        .collect(Collectors.joining(" ")),
                                                one.meaning()))
                        .toList());
    }

    private static String directives() {
        return table(
                "| directive | what it does |",
                Arrays.stream(Directive.values())
                        .map(one -> "| `%s` | %s |".formatted(one.example(), one.meaning()))
                        .toList());
    }

    private static String table(String head, List<String> rows) {
        String line = head.replaceAll("[^|]+", " --- ");
        return head + "\n" + line + "\n" + String.join("\n", rows) + "\n";
    }
}

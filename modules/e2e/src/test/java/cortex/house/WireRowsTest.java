package cortex.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Every behaviour of wire-rows.txt and of wire-tables.txt is held by a golden case or a test that
/// really is there.
class WireRowsTest {
    private static final int ROWS = 70;
    private static final Pattern ROW = Pattern.compile("([^:]+): (.+)");
    private static final Pattern TEST = Pattern.compile("void (\\w+)\\(|> (\\w+)\\(\\) \\{");

    @Test
    void everyRowIsHeld() throws IOException {
        Map<String, List<String>> rows = rows("wire-rows.txt");
        assertThat(rows.keySet().stream().map(name -> Integer.valueOf(name.split(" ", 2)[0])))
                .containsExactlyElementsOf(IntStream.rangeClosed(1, ROWS).boxed().toList());
        assertThat(notThere(rows)).isEmpty();
    }

    @Test
    void everyTableIsHeld() throws IOException {
        Map<String, List<String>> rows = rows("wire-tables.txt");
        assertThat(rows).hasSizeGreaterThan(80);
        assertThat(notThere(rows)).isEmpty();
    }

    /// What holds each row, by its name, in the file's order.
    private static Map<String, List<String>> rows(String file) throws IOException {
        Map<String, List<String>> rows = new LinkedHashMap<>();
        for (String line :
                Files.readAllLines(
                        Sources.root().resolve("modules/e2e/src/test/resources/" + file))) {
            Matcher row = ROW.matcher(line);
            if (line.startsWith("#")) {
                continue;
            }
            assertThat(row.matches()).as(line).isTrue();
            assertThat(rows.put(row.group(1), Arrays.asList(row.group(2).split(" +", -1))))
                    .isNull();
        }
        return rows;
    }

    private static List<String> notThere(Map<String, List<String>> rows) throws IOException {
        Map<String, String> tests = tests();
        Path cases = Sources.root().resolve("modules/core/src/test/resources");
        List<String> missing = new ArrayList<>();
        rows.forEach((row, claims) -> {
            for (String claim : claims) {
                boolean there =
                        claim.contains("/") ? isCase(cases, claim) : tests.containsKey(claim);
                if (!there) {
                    missing.add(row + ": " + claim);
                }
            }
        });
        return missing;
    }

    private static boolean isCase(Path cases, String claim) {
        return Files.exists(cases.resolve(claim))
                || Files.exists(cases.resolve("cortex/core/dialect").resolve(claim));
    }

    /// All tests by class and method.
    private static Map<String, String> tests() throws IOException {
        Map<String, String> tests = new HashMap<>();
        for (Path file : Sources.java()) {
            String name = file.getFileName().toString();
            if (Sources.isTest(file) && name.endsWith("Test.java")) {
                String type = name.substring(0, name.length() - ".java".length());
                Matcher method = TEST.matcher(Files.readString(file));
                while (method.find()) {
                    String test = method.group(1) == null ? method.group(2) : method.group(1);
                    tests.put(type + "." + test, Sources.name(file));
                }
            }
        }
        return tests;
    }
}

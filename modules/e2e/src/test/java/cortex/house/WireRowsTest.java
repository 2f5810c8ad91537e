package cortex.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Every behaviour of wire-rows.txt is held by a golden case or a test that really is there.
class WireRowsTest {
    private static final int ROWS = 70;
    private static final Pattern ROW = Pattern.compile("(\\d+) +([^:]+): (.+)");
    private static final Pattern TEST = Pattern.compile("void (\\w+)\\(|> (\\w+)\\(\\) \\{");

    @Test
    void everyRowIsHeld() throws IOException {
        Path root = Sources.root();
        Map<Integer, List<String>> rows = new TreeMap<>();
        for (String line :
                Files.readAllLines(root.resolve("modules/e2e/src/test/resources/wire-rows.txt"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                rows.put(Integer.valueOf(row.group(1)), Arrays.asList(row.group(3).split(" +")));
            } else {
                assertThat(line).startsWith("#");
            }
        }
        assertThat(rows.keySet())
                .containsExactlyElementsOf(IntStream.rangeClosed(1, ROWS).boxed().toList());
        Map<String, String> tests = tests();
        Path cases = root.resolve("modules/core/src/test/resources");
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
        assertThat(missing).isEmpty();
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

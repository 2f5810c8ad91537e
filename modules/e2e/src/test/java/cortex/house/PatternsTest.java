package cortex.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Groups in regular expressions repeat possessively: else a matcher recurses once for each
/// repetition, and a stranger's long text is a StackOverflowError.
class PatternsTest {
    private static final Pattern LITERAL = Pattern.compile("\"(?:[^\"\\\\\n]|\\\\.)*+\"");
    private static final Pattern CHARACTERS = Pattern.compile("\\[(?:[^\\]\\\\]|\\\\.)*+\\]");
    private static final Pattern RECURSING = Pattern.compile("(?<!\\\\)\\)[*+](?!\\+)");

    @Test
    void repeatedGroupsDoNotRecurse() throws IOException {
        List<String> recursing = new ArrayList<>();
        for (Path file : Sources.java()) {
            String text = Sources.isTest(file) ? "" : Files.readString(file);
            if (!text.contains("import java.util.regex") && !text.contains(".matches(\"")) {
                continue;
            }
            LITERAL.matcher(text)
                    .results()
                    .map(literal -> literal.group().replace("\\\\", "\\"))
                    .filter(PatternsTest::recurses)
                    .forEach(literal -> recursing.add(Sources.name(file) + ": " + literal));
        }
        assertThat(recursing).isEmpty();
    }

    private static boolean recurses(String regex) {
        return RECURSING.matcher(CHARACTERS.matcher(regex).replaceAll("x")).find();
    }

    @Test
    void aRecursingGroupIsSeen() {
        assertThat(recurses("^(?:[^\"\\\\]|\\\\.)*$")).isTrue();
        assertThat(recurses("(a|b)+")).isTrue();
        assertThat(recurses("(?:a|b)++(c)?[()*+](d)*+\\)*")).isFalse();
    }
}

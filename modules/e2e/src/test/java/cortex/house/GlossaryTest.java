package cortex.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The names of types and packages are made of plain words and of words that the glossary explains.
class GlossaryTest {
    private static final String GLOSSARY = "docs/GLOSSARY.md";
    private static final String PLAIN = "modules/e2e/src/test/resources/plain-words.txt";

    private static final Pattern TYPE =
            Pattern.compile(
                    "^ *(?:(?:public|private|protected|static|final|sealed|non-sealed|abstract) )*"
                            + "(?:class|interface|enum|record|@interface) ([A-Z]\\w*)",
                    Pattern.MULTILINE);
    private static final Pattern PACKAGE =
            Pattern.compile("^package ([\\w.]+);", Pattern.MULTILINE);
    private static final Pattern WORD =
            Pattern.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+(?:\\d[a-z]+)?");

    /// The first column of a row of the first or the second table.
    private static final Pattern ROW = Pattern.compile("^\\| ([^|]+) \\|", Pattern.MULTILINE);

    private static final String SECOND = "## Words that no name has";

    @Test
    void namesAreMadeOfKnownWords() throws IOException {
        Map<String, Set<String>> names = names();
        Set<String> explained = explained();
        Set<String> plain = plain();
        List<String> unknown = new ArrayList<>();
        names.forEach((word, where) -> {
            if (!explained.contains(singular(word)) && !plain.contains(word)) {
                unknown.add("'%s' in %s".formatted(word, where));
            }
        });
        assertThat(unknown)
                .as(
                        "Rename it with a standard word; or add a row to %s if it means something"
                            + " of its own here; or, if every developer knows it, a word to %s.",
                        GLOSSARY, PLAIN)
                .isEmpty();
    }

    @Test
    void wordsThatWereGivenUpStayAway() throws IOException {
        Set<String> givenUp = words(tables()[1]);
        assertThat(givenUp).hasSizeGreaterThan(4);
        Map<String, Set<String>> names = names();
        names.keySet().retainAll(givenUp);
        assertThat(names)
                .as("%s, \"%s\", names the word to take instead", GLOSSARY, SECOND)
                .isEmpty();
    }

    /// The list of plain words would explain nothing if it could hold every word.
    @Test
    void thePlainWordsAreUsedAndAreNotExplained() throws IOException {
        Set<String> used = names().keySet();
        Set<String> explained = explained();
        assertThat(plain())
                .hasSizeGreaterThan(100)
                .allSatisfy(word -> {
                    assertThat(used).as("the word is in no name; take it out").contains(word);
                    assertThat(explained)
                            .as("the glossary explains it; take it out")
                            .doesNotContain(singular(word));
                });
    }

    @Test
    void namesFallIntoWords() {
        assertThat(wordsOf("HttpNeuronClient")).containsExactly("http", "neuron", "client");
        assertThat(wordsOf("LlamaCPPTls")).containsExactly("llama", "cpp", "tls");
        assertThat(wordsOf("fleetkey")).containsExactly("fleetkey");
    }

    /// Every word of the production types and packages, with the names that have it.
    private static Map<String, Set<String>> names() throws IOException {
        Map<String, Set<String>> names = new TreeMap<>();
        int types = 0;
        for (Path file : Sources.java()) {
            if (Sources.isTest(file) || Sources.name(file).startsWith("modules/bench/")) {
                continue;
            }
            String text = Files.readString(file);
            for (MatchResult type : TYPE.matcher(text).results().toList()) {
                add(names, type.group(1), type.group(1));
                types++;
            }
            Matcher in = PACKAGE.matcher(text);
            if (in.find()) {
                for (String part : in.group(1).split("\\.", -1)) {
                    add(names, part, in.group(1));
                }
            }
        }
        assertThat(types).isGreaterThan(500);
        return names;
    }

    private static void add(Map<String, Set<String>> names, String name, String where) {
        wordsOf(name).forEach(word -> names.computeIfAbsent(word, _ -> new TreeSet<>()).add(where));
    }

    private static List<String> wordsOf(String name) {
        return WORD.matcher(name)
                .results()
                .map(word -> word.group().toLowerCase(Locale.ROOT))
                .toList();
    }

    private static String singular(String word) {
        return word.endsWith("s") ? word.substring(0, word.length() - 1) : word;
    }

    private static Set<String> explained() throws IOException {
        Set<String> explained = words(tables()[0]);
        assertThat(explained).hasSizeGreaterThan(50);
        return explained.stream().map(GlossaryTest::singular).collect(Collectors.toSet());
    }

    private static String[] tables() throws IOException {
        String[] tables = Files.readString(Sources.root().resolve(GLOSSARY)).split(SECOND, -1);
        assertThat(tables).as(GLOSSARY + " has two tables").hasSize(2);
        return tables;
    }

    /// The words of a table's first column, without its heading and what stands in parentheses.
    private static Set<String> words(String table) {
        return ROW.matcher(table.substring(table.indexOf("|---")))
                .results()
                .flatMap(row -> wordsOf(row.group(1).replaceAll("\\(.*?\\)", "")).stream())
                .collect(Collectors.toSet());
    }

    private static Set<String> plain() throws IOException {
        return Files.readAllLines(Sources.root().resolve(PLAIN)).stream()
                .filter(line -> !line.startsWith("#"))
                .flatMap(line -> Pattern.compile(" ").splitAsStream(line))
                .filter(word -> !word.isBlank())
                .collect(Collectors.toSet());
    }
}

package cortex.core.dialect.openai;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.failure.FailedPlace;
import cortex.core.failure.FailedPlace.Outcome;
import cortex.core.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Every code that can be sent stands in a table of docs/API.md, and no other.
class DocumentedCodesTest {
    private static final Duration SOON = Duration.ofSeconds(1);

    /// One of each failure that is rendered; of those whose codes differ, one of each.
    static final List<Failure> RENDERED =
            List.of(
                    new Failure.BadRequest("x", null),
                    new Failure.ContextOverflow("x", null, null),
                    new Failure.Unauthorized("x"),
                    new Failure.Forbidden("x"),
                    new Failure.UnknownModel("x", List.of()),
                    new Failure.Unservable("x", "y"),
                    new Failure.Refused(421, "x"),
                    new Failure.Refused(431, "x"),
                    new Failure.UnknownPath("GET", "/x"),
                    new Failure.MethodNotAllowed("GET", "/x", List.of("POST")),
                    new Failure.TooLarge(1),
                    new Failure.TooLarge(1, true),
                    new Failure.Overloaded("x", SOON),
                    new Failure.NoCapacity("m", "x", SOON),
                    new Failure.StillLoading("m", "n", SOON),
                    new Failure.LoadFailed("m", "n", "x", SOON),
                    new Failure.LoadFailed(
                            "m",
                            List.of(new FailedPlace("n", Outcome.DIED_SERVING, "x", null, null)),
                            SOON),
                    new Failure.EngineGone("m", "x"),
                    new Failure.NodeTls("m", "x"),
                    new Failure.EngineDied("m", "x", null, 1),
                    new Failure.EngineSilent("m", SOON),
                    new Failure.ShuttingDown(),
                    new Failure.Internal("r"));

    /// Those that bring a code of their own, found in the sources, and the one that is never sent.
    private static final List<Class<?>> APART =
            List.of(Failure.Unsupported.class, Failure.EngineError.class, Failure.ClientGone.class);

    private static final Pattern BRINGS_ONE =
            Pattern.compile("new (?:Failure\\.)?(Unsupported|EngineError|Refusal)\\(");

    private static final Pattern LITERAL = Pattern.compile("\"([a-z_]+)\"");
    private static final Pattern CELL = Pattern.compile("`([a-z_]+)`");

    @Test
    void everyKindOfFailureIsLookedAt() {
        List<Class<?>> seen = new ArrayList<>(APART);
        RENDERED.forEach(failure -> seen.add(failure.getClass()));
        assertThat(seen).contains(Failure.class.getPermittedSubclasses());
    }

    @Test
    void theTablesHaveEveryCodeThatIsSentAndNoOther() throws IOException {
        Set<String> sent = new TreeSet<>(broughtAlong());
        for (Failure failure : RENDERED) {
            String code = OpenAiErrors.code(failure);
            if (code != null) {
                sent.add(code);
            }
        }
        assertThat(documented()).containsExactlyInAnyOrderElementsOf(sent);
    }

    private static Set<String> documented() throws IOException {
        Set<String> codes = new TreeSet<>();
        boolean inTable = false;
        for (String line : Files.readAllLines(root().resolve("docs/API.md"))) {
            inTable = line.startsWith("| status | code |") || (inTable && line.startsWith("|"));
            if (inTable) {
                Matcher cell = CELL.matcher(line.split("\\|", -1)[2]);
                while (cell.find()) {
                    codes.add(cell.group(1));
                }
            }
        }
        return codes;
    }

    private static Set<String> broughtAlong() throws IOException {
        Set<String> codes = new TreeSet<>();
        try (Stream<Path> files = Files.walk(root().resolve("modules"))) {
            for (Path file : files.filter(DocumentedCodesTest::isMain).toList()) {
                String text = Files.readString(file);
                Matcher made = BRINGS_ONE.matcher(text);
                while (made.find()) {
                    int which = made.group(1).equals("Refusal") ? 1 : 2;
                    codes.addAll(codes(arguments(text, made.end()).get(which), text));
                }
            }
        }
        return codes;
    }

    private static boolean isMain(Path file) {
        return file.toString().endsWith(".java")
                && file.toString().contains("/src/main/")
                && !file.toString().contains("/modules/demo-engine/");
    }

    /// The words in a call's argument, or the constant's that it names.
    private static List<String> codes(String argument, String file) {
        String word = argument.strip();
        if (word.matches("[A-Z_]+")) {
            Matcher constant = Pattern.compile("\\b" + word + " = (\"[a-z_]+\")").matcher(file);
            word = constant.find() ? constant.group(1) : word;
        }
        List<String> found = new ArrayList<>();
        LITERAL.matcher(word).results().forEach(code -> found.add(code.group(1)));
        assertThat(found.isEmpty() && !word.equals("null") && !word.equals("said.code()"))
                .as("a code that this test cannot find: " + word)
                .isFalse();
        return found;
    }

    /// The arguments of the call that is open at `at`.
    private static List<String> arguments(String text, int at) {
        List<String> arguments = new ArrayList<>();
        StringBuilder one = new StringBuilder();
        boolean quoted = false;
        int depth = 0;
        for (int i = at; depth >= 0; i++) {
            char c = text.charAt(i);
            quoted ^= c == '"' && text.charAt(i - 1) != '\\';
            depth += quoted ? 0 : c == '(' ? 1 : c == ')' ? -1 : 0;
            if (depth < 0 || (depth == 0 && c == ',' && !quoted)) {
                arguments.add(one.toString());
                one.setLength(0);
            } else {
                one.append(c);
            }
        }
        return arguments;
    }

    private static Path root() {
        Path dir = Path.of("").toAbsolutePath();
        while (!Files.exists(dir.resolve("docs/API.md"))) {
            dir = requireNonNull(dir.getParent());
        }
        return dir;
    }
}

package cortex.house;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Who uses a package stands in the last paragraph of its package-info, `Used by: …`, and is what
/// the compiled classes say; names are below `cortex`. Of another module that uses it in more than
/// a few packages only the module is named. `-Dcortex.docs.write=true` writes the lines anew.
class CallersTest {
    private static final boolean WRITE = Boolean.getBoolean("cortex.docs.write");
    private static final int NAMED = 2;
    private static final int COLUMNS = 100;
    private static final String HOUSE = "cortex.";
    private static final Pattern DOC = Pattern.compile("(?m)^///.*\n");
    private static final Pattern USED_BY =
            Pattern.compile("///\n/// Used by: [^\n]*\n(/// [^\n]*\n)*");
    private static final Pattern PROSE =
            Pattern.compile(
                    "(?i)\\b(called|used|fed|asked|set up)(\\s|/)+(\\w+\\s+)?by\\b"
                            + "|\\bmay(\\s|/)+use\\b(?! it)|\\bcalls? it\\b");

    /// The packages that use each package.
    private static final Map<String, SortedSet<String>> USERS = new HashMap<>();

    @BeforeAll
    static void read() {
        var house =
                new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("cortex");
        for (JavaClass user : house) {
            for (Dependency use : user.getDirectDependenciesFromSelf()) {
                String used = use.getTargetClass().getPackageName();
                if (used.startsWith(HOUSE) && !used.equals(user.getPackageName())) {
                    USERS.computeIfAbsent(used, _ -> new TreeSet<>()).add(user.getPackageName());
                }
            }
        }
    }

    @Test
    void areThoseThatThePackageInfoNames() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Path file : infos()) {
            String is = Files.readString(file);
            String shouldBe = withUsers(is, USERS.getOrDefault(packageOf(is), new TreeSet<>()));
            if (WRITE) {
                Files.writeString(file, shouldBe);
            } else if (!is.equals(shouldBe)) {
                wrong.add(Sources.name(file));
            }
        }
        assertThat(wrong).as("write them anew with -Dcortex.docs.write=true").isEmpty();
    }

    /// A sentence that is not checked is wrong some day.
    @Test
    void areNamedNowhereElse() throws IOException {
        List<String> prose = new ArrayList<>();
        for (Path file : infos()) {
            String rest = USED_BY.matcher(Files.readString(file)).replaceAll("");
            if (PROSE.matcher(rest).find()) {
                prose.add(Sources.name(file));
            }
        }
        assertThat(prose).as("say what it is for; 'Used by:' says by whom").isEmpty();
    }

    /// Of the programs' modules; what holds tests or benchmarks is used by nothing.
    private static List<Path> infos() {
        return Sources.java().stream()
                .filter(file -> file.endsWith("package-info.java"))
                .filter(file -> !Sources.isTest(file))
                .filter(file -> !Sources.name(file).matches("modules/(bench|e2e|attack)/.*"))
                .toList();
    }

    private static String packageOf(String source) {
        var declared = Pattern.compile("(?m)^package (.*);").matcher(source);
        assertThat(declared.find()).isTrue();
        return requireNonNull(declared.group(1));
    }

    private static String withUsers(String source, SortedSet<String> users) {
        String bare = USED_BY.matcher(source).replaceAll("");
        if (users.isEmpty()) {
            return bare;
        }
        var lines = DOC.matcher(bare);
        int end = 0;
        while (lines.find()) {
            end = lines.end();
        }
        return bare.substring(0, end)
                + "///\n"
                + usedBy(packageOf(source), users)
                + bare.substring(end);
    }

    private static boolean isNamed(String used, String user, Map<String, Long> ofModule) {
        String module = module(user);
        return module.equals(module(used)) || requireNonNull(ofModule.get(module)) <= NAMED;
    }

    private static String module(String packageName) {
        return packageName.replaceAll("^(cortex\\.\\w+).*", "$1");
    }

    private static String usedBy(String used, SortedSet<String> users) {
        Map<String, Long> ofModule =
                users.stream().collect(groupingBy(CallersTest::module, counting()));
        SortedSet<String> names =
                users.stream()
                        .map(user -> isNamed(used, user, ofModule) ? user : module(user))
                        .map(user -> user.substring(HOUSE.length()))
                        .collect(Collectors.toCollection(TreeSet::new));
        StringBuilder text = new StringBuilder();
        String line = "/// Used by:";
        String comma = " ";
        for (String name : names) {
            if (line.length() + comma.length() + name.length() + 1 > COLUMNS) {
                text.append(line).append(",\n");
                line = "///";
                comma = " ";
            }
            line += comma + name;
            comma = ", ";
        }
        return text.append(line).append(".\n").toString();
    }
}

package cortex.house;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The pages for those who change the code name files, types and pages that are there.
class PagesTest {
    private static final Pattern CODE = Pattern.compile("`([^`\n]+)`");
    private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)(?:#[^)]*)?\\)");

    /// Two capitals at least, so that a word at the beginning of a sentence is none.
    private static final Pattern TYPE = Pattern.compile("[A-Z][a-z]+(?:[A-Z][a-z]+)+");

    private static final Pattern PATH = Pattern.compile("(?:modules|dist|docs|\\.ci)/[\\w./-]+");
    private static final Pattern DECLARED =
            Pattern.compile("\\b(?:(?:class|interface|record|enum) |import [\\w.]*\\.)([A-Z]\\w*)");

    private static final Pattern MODULE = Pattern.compile("^  ([\\w-]+)/ +cortex\\.(\\w+)");
    private static final Pattern PACKAGES =
            Pattern.compile("^    \\w[\\w/]*/( \\w[\\w/]*/)*(?= |$)");

    private static List<Path> pages() throws IOException {
        Path root = Sources.root();
        List<Path> pages = new ArrayList<>();
        pages.add(root.resolve("README.md"));
        pages.add(root.resolve("CONTRIBUTING.md"));
        try (Stream<Path> all = Files.walk(root.resolve("docs"))) {
            all.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
        }
        return pages;
    }

    /// In what a reader is to open; other pages tell of programs and records of elsewhere.
    private static List<Path> forDevelopers() throws IOException {
        return pages().stream()
                .filter(page -> Sources.name(page).matches("(docs/(extending|adr)/.*|CONTR.*)"))
                .toList();
    }

    @Test
    void linksLeadSomewhere() throws IOException {
        List<String> dead = new ArrayList<>();
        for (Path page : pages()) {
            Matcher links = LINK.matcher(Files.readString(page));
            while (links.find()) {
                if (!Files.exists(requireNonNull(page.getParent()).resolve(links.group(1)))) {
                    dead.add(Sources.name(page) + " -> " + links.group(1));
                }
            }
        }
        assertThat(dead).isEmpty();
    }

    @Test
    void namedFilesAreThere() throws IOException {
        List<String> missing = new ArrayList<>();
        for (Path page : forDevelopers()) {
            Matcher code = CODE.matcher(Files.readString(page));
            while (code.find()) {
                Matcher path = PATH.matcher(code.group(1).replace("target/lib", ""));
                while (path.find()) {
                    if (!Files.exists(Sources.root().resolve(path.group()))) {
                        missing.add(Sources.name(page) + " names " + path.group());
                    }
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void namedTypesAreThere() throws IOException {
        Set<String> declared = declared();
        List<String> missing = new ArrayList<>();
        for (Path page : forDevelopers()) {
            Matcher code = CODE.matcher(withoutBlocks(Files.readString(page)));
            while (code.find()) {
                String name = code.group(1).replaceAll("[.#(:].*", "");
                if (TYPE.matcher(name).matches() && !declared.contains(name)) {
                    missing.add(Sources.name(page) + " names " + name);
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    /// The tree in docs/ARCHITECTURE.md: a module and its root package, and packages below it.
    @Test
    void thePackagesOfTheHouseAreThere() throws IOException {
        String page = Files.readString(Sources.root().resolve("docs/ARCHITECTURE.md"));
        String tree = page.substring(page.indexOf("```\nmodules/"), page.indexOf("\ndist/"));
        List<String> wrong = new ArrayList<>();
        Path module = Sources.root();
        Path top = Sources.root();
        for (String line : tree.lines().toList()) {
            Matcher named = MODULE.matcher(line);
            Matcher packages = PACKAGES.matcher(line);
            if (named.find()) {
                module = Sources.root().resolve("modules").resolve(named.group(1));
                top = module.resolve("src/main/java/cortex").resolve(named.group(2));
                if (!Files.isDirectory(top)) {
                    wrong.add("there is no module " + named.group());
                }
                if (line.contains("exports nothing") && exports(module)) {
                    wrong.add(named.group(2) + " exports something");
                }
            } else if (packages.find()) {
                for (String below : packages.group().strip().split(" ", -1)) {
                    if (!Files.exists(top.resolve(below).resolve("package-info.java"))) {
                        wrong.add("there is no package " + Sources.name(top.resolve(below)));
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static boolean exports(Path module) throws IOException {
        return Files.readString(module.resolve("src/main/java/module-info.java"))
                .contains("exports ");
    }

    private static String withoutBlocks(String page) {
        return page.replaceAll("(?s)```.*?```", "");
    }

    /// Those of the house, and those of libraries that it imports.
    private static Set<String> declared() {
        Set<String> names = new HashSet<>();
        for (Path file : Sources.java()) {
            try {
                Matcher types = DECLARED.matcher(Files.readString(file));
                while (types.find()) {
                    names.add(types.group(1));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return names;
    }
}

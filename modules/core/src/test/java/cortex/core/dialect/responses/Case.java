package cortex.core.dialect.responses;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// One golden case, a file of sections: a line `=== name` and what follows it.
record Case(String name, Map<String, String> sections) {
    private static final Path ROOT =
            Path.of("src", "test", "resources", "cortex", "core", "dialect", "responses");

    /// All cases in a folder.
    static List<Case> all(String folder) throws IOException {
        try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
            return files.sorted().map(Case::read).toList();
        }
    }

    private static Case read(Path file) {
        try {
            Map<String, StringBuilder> sections = new LinkedHashMap<>();
            StringBuilder section = new StringBuilder();
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith("=== ")) {
                    section = new StringBuilder();
                    sections.put(line.substring(4), section);
                } else {
                    section.append(line).append('\n');
                }
            }
            Map<String, String> texts = new LinkedHashMap<>();
            sections.forEach((name, text) -> texts.put(name, text.toString()));
            return new Case(String.valueOf(file.getFileName()), texts);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    String section(String section) {
        String text = sections.get(section);
        if (text == null) {
            throw new AssertionError(name + " has no section " + section);
        }
        return text;
    }

    @Override
    public String toString() {
        return name;
    }
}

package cortex.core.dialect;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Golden cases as files of sections: a line `=== name` and what follows it.
public final class Sections {
    private Sections() {}

    /// The files of a folder under src/test/resources, in order.
    public static List<Path> files(String folder) {
        try (Stream<Path> files = Files.list(Path.of("src/test/resources").resolve(folder))) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The sections of one file, by name.
    public static Map<String, String> of(Path file) {
        Map<String, StringBuilder> sections = new LinkedHashMap<>();
        StringBuilder section = new StringBuilder();
        try {
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith("=== ")) {
                    section = new StringBuilder();
                    sections.put(line.substring(4), section);
                } else {
                    section.append(line).append('\n');
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, String> texts = new LinkedHashMap<>();
        sections.forEach((name, text) -> texts.put(name, text.toString()));
        return texts;
    }
}

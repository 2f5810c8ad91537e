package cortex.core.config.source;

import cortex.core.config.problem.FileTrouble;
import cortex.core.config.problem.Origin;
import cortex.core.config.problem.Problems;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/// Reads one TOML file. Whatever keeps it from being read becomes a problem, never an exception.
public final class TomlSource {
    private static final String QUOTES = " Strings need quotes: listen = \"127.0.0.1:80\".";

    private final Path file;
    private final Problems problems;
    private final String otherwise;

    private TomlSource(Path file, Problems problems, String otherwise) {
        this.file = file;
        this.problems = problems;
        this.otherwise = otherwise;
    }

    /// What a file holds. `whole` is false when something in it (or all of it) could not be read,
    /// so that a missing key may be no more than a consequence.
    public record Content(Node.Fields fields, boolean whole) {}

    /// Reads a file as far as it can be read; `otherwise` is what to do when there is none.
    public static Content read(Path file, Problems problems, String otherwise) {
        return new TomlSource(file, problems, otherwise).read();
    }

    /// A TOML value on its own, such as `[1, 2]` or `true`; null when the text is none.
    public static @Nullable Node value(String text, Origin origin) {
        TomlParseResult parsed = Toml.parse("v = " + text + "\n");
        Object value = parsed.get(List.of("v"));
        if (value == null || parsed.hasErrors() || parsed.size() != 1) {
            return null;
        }
        return new Converter(position -> origin).node(value, origin);
    }

    private Content read() {
        String text = text();
        Origin start = new Origin.InFile(file, 1, 1);
        if (text == null) {
            return new Content(new Node.Fields(new LinkedHashMap<>(), start), false);
        }
        TomlParseResult parsed = Toml.parse(text);
        for (TomlParseError error : parsed.errors()) {
            problems.add(at(error.position()), "", "not valid TOML: " + sentence(error));
        }
        Node.Fields fields = new Converter(this::at).fields(parsed, start);
        return new Content(fields, !parsed.hasErrors());
    }

    private @Nullable String text() {
        Origin whole = new Origin.InFile(file, 0, 0);
        try {
            if (Files.isDirectory(file)) {
                problems.add(whole, "", "is a directory. Pass a TOML file.");
                return null;
            }
            String text = Files.readString(file);
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (NoSuchFileException e) {
            problems.add(whole, "", "does not exist." + otherwise);
        } catch (AccessDeniedException e) {
            problems.add(whole, "", "cannot be read by this user: permission denied.");
        } catch (CharacterCodingException e) {
            problems.add(whole, "", "is not UTF-8 text, so it cannot be TOML.");
        } catch (IOException e) {
            problems.add(whole, "", "cannot be read: " + FileTrouble.words(e) + ".");
        }
        return null;
    }

    private static String sentence(TomlParseError error) {
        String message = String.valueOf(error.getMessage());
        String whole = message.endsWith(".") ? message : message + ".";
        return whole.startsWith("Unexpected '.'") ? whole + QUOTES : whole;
    }

    private Origin at(@Nullable TomlPosition position) {
        return position == null
                ? new Origin.InFile(file, 0, 0)
                : new Origin.InFile(file, position.line(), position.column());
    }

    /// Names the place of a parsed position.
    private interface Places {
        Origin at(@Nullable TomlPosition position);
    }

    private record Converter(Places places) {
        Node node(Object value, Origin origin) {
            return switch (value) {
                case TomlTable table -> fields(table, origin);
                case TomlArray array -> items(array, origin);
                default -> new Node.Scalar(value, origin);
            };
        }

        Node.Fields fields(TomlTable table, Origin origin) {
            Map<String, Node> fields = new LinkedHashMap<>();
            for (String name : table.keySet()) {
                List<String> path = List.of(name);
                Object value = table.get(path);
                if (value != null) {
                    fields.put(name, node(value, places.at(table.inputPositionOf(path))));
                }
            }
            return new Node.Fields(fields, origin);
        }

        private Node.Items items(TomlArray array, Origin origin) {
            List<Node> items = new ArrayList<>();
            for (int i = 0; i < array.size(); i++) {
                items.add(node(array.get(i), places.at(array.inputPositionOf(i))));
            }
            return new Node.Items(items, origin);
        }
    }
}

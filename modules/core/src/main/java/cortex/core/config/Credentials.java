package cortex.core.config;

import cortex.core.config.problem.FileTrouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What systemd hands to a unit in files that only it can read (`LoadCredential=`, systemd.exec).
public final class Credentials {
    private final @Nullable Path directory;

    /// The credentials of a program with this environment; none outside of such a unit.
    public Credentials(Map<String, String> environment) {
        String given = environment.get("CREDENTIALS_DIRECTORY");
        directory = given == null || given.isBlank() ? null : Path.of(given);
    }

    /// The lines of a credential that are not blank; none when it was not given. One that cannot be
    /// read is a problem of `section`, in which it stands for the value of `key`.
    public List<Secret> secrets(String name, Section section, String key) {
        Path file = directory == null ? null : directory.resolve(name);
        if (file == null || !Files.exists(file)) {
            return List.of();
        }
        try (var lines = Files.lines(file)) {
            return lines.map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .map(Secret::new)
                    .toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            String why = FileTrouble.words(e);
            section.problem(key, "the credential " + name + " cannot be read: " + why + ".");
            return List.of();
        }
    }
}

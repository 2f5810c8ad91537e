package cortex.relay.tls;

import cortex.core.config.Section;
import cortex.core.config.ValueTypes;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Reads from a configuration which PEM files to use. Relative paths start at its directory.
public final class PemKeys {
    private PemKeys() {}

    /// What each key is called, and what it means.
    ///
    /// @param authorities the name of the key that says whom to believe
    public record Meanings(
            String certificate, String key, String authorities, String authoritiesMeaning) {}

    /// The files that the section names, null when it names none. What cannot be used is a problem
    /// of it.
    public static @Nullable PemFiles read(Section section, Meanings meanings) {
        Path certificate = path(section, "tls_cert", meanings.certificate());
        Path key = path(section, "tls_key", meanings.key());
        Path authorities = path(section, meanings.authorities(), meanings.authoritiesMeaning());
        if (certificate == null && key == null && authorities == null) {
            return null;
        }
        if ((certificate == null) != (key == null)) {
            section.problem(
                    certificate == null ? "tls_key" : "tls_cert", "set both tls_cert and tls_key.");
            return null;
        }
        PemFiles files = new PemFiles(certificate, key, authorities);
        String problem = ReloadingTls.problem(files);
        if (problem != null) {
            section.problem(certificate == null ? meanings.authorities() : "tls_cert", problem);
        }
        return files;
    }

    private static @Nullable Path path(Section section, String name, String meaning) {
        String written = section.read(name, ValueTypes.TEXT, meaning).orNull();
        return written == null ? null : section.resolve(written);
    }
}

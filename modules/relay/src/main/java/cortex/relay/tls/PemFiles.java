package cortex.relay.tls;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The PEM files of one side: `certificate` (with those that lead to its root) and `key` are what
/// it shows of itself, null when it shows nothing; `authorities` whom it believes, null for those
/// that Java knows.
public record PemFiles(
        @Nullable Path certificate, @Nullable Path key, @Nullable Path authorities) {}

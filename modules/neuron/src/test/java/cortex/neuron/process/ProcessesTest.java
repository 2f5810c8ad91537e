package cortex.neuron.process;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.time.SystemTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The state directory is for its owner alone, whoever made it before.
class ProcessesTest {
    @TempDir private Path dir;

    private static String rights(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void nobodyElseReadsOrLocksWhatIsThere() throws IOException {
        Path state = Files.createDirectories(dir.resolve("state"));
        Path logs = Files.createDirectories(state.resolve("logs"));
        for (Path file : List.of(state.resolve("lock"), logs.resolve("old.log"))) {
            Files.writeString(file, "x");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        }
        for (Path each : List.of(state, logs)) {
            Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwxr-xr-x"));
        }

        try (Processes processes =
                Processes.open(
                        state, 1 << 10, ProcessLauncher.system(List.of()), new SystemTime())) {
            assertThat(rights(state)).isEqualTo("rwx------");
            assertThat(rights(state.resolve("lock"))).isEqualTo("rw-------");
            assertThat(rights(logs)).isEqualTo("rwx------");
            assertThat(rights(logs.resolve("old.log"))).isEqualTo("rw-------");
            assertThat(processes.emptyDirectory()).isEmptyDirectory().isAbsolute();
        }
        List<Path> open = new ArrayList<>();
        try (Stream<Path> all = Files.walk(state)) {
            for (Path path : all.toList()) {
                if (!rights(path).endsWith("------")) {
                    open.add(path);
                }
            }
        }
        assertThat(open).isEmpty();
    }
}

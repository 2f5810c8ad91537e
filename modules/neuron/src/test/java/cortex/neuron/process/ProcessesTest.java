package cortex.neuron.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

        try (Processes processes = open(state)) {
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

    private static final String HOLDER =
            """
            void main(String[] args) throws Exception {
                var mode = java.nio.file.StandardOpenOption.valueOf(args[1]);
                var file = java.nio.channels.FileChannel.open(java.nio.file.Path.of(args[0]), mode);
                file.lock(0, Long.MAX_VALUE, args[1].equals("READ"));
                IO.println("held");
                System.in.read();
            }
            """;

    /// Who may only read a file can hold a lock on it in share; a neuron holds it alone.
    @ParameterizedTest
    @CsvSource({"READ, true", "WRITE, false"})
    void aLockThatSomebodyHoldsInShareKeepsNoNeuronFromStarting(String mode, boolean starts)
            throws Exception {
        Path state = Files.createDirectories(dir.resolve("state"));
        Path lock = Files.writeString(state.resolve("lock"), "");
        Path source = Files.writeString(dir.resolve("Hold.java"), HOLDER);
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process holder =
                new ProcessBuilder(java, source.toString(), lock.toString(), mode)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try {
            assertThat(holder.inputReader().readLine()).isEqualTo("held");
            if (starts) {
                open(state).close();
            } else {
                assertThatThrownBy(() -> open(state)).hasMessageContaining("another neuron");
            }
        } finally {
            holder.destroyForcibly().waitFor();
        }
    }

    private static Processes open(Path state) throws IOException {
        return Processes.open(state, 1 << 10, ProcessLauncher.system(List.of()), new SystemTime());
    }
}

package cortex.core.config.problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import cortex.core.node.Json;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JacksonException;

class FileTroubleTest {
    @TempDir private Path dir;

    @Test
    void noWordIsJavas() {
        List<Exception> troubles =
                List.of(
                        new AccessDeniedException("/x/y.new"),
                        new FileSystemException("/x/y.new"),
                        new MalformedInputException(1),
                        catchThrowableOfType(
                                JacksonException.class, () -> Json.MAPPER.readTree("{\n\"a\n")),
                        new IOException());
        assertThat(troubles.stream().map(FileTrouble::words))
                .containsExactly(
                        "this user may not use it; see its permissions",
                        "the system gives no reason",
                        "it is not UTF-8 text",
                        "it is not the JSON that is expected, at line 2, column 3",
                        "the system gives no reason");
    }

    @Test
    void aProgramThatDoesNotStartHasAReason() throws IOException {
        Path text = Files.createFile(dir.resolve("tool"));
        assertThat(FileTrouble.ofProgram(starting(dir.resolve("none"))))
                .isEqualTo("there is no such program");
        assertThat(FileTrouble.ofProgram(starting(text)))
                .isEqualTo("this user may not run it; see its permissions");
    }

    private static IOException starting(Path program) {
        return catchThrowableOfType(
                IOException.class, () -> new ProcessBuilder(program.toString()).start());
    }

    @Test
    void aFolderIsTriedOutAndLeftAsItWas() throws IOException {
        Path file = Files.createFile(dir.resolve("file"));
        assertThat(FileTrouble.ofFolder(dir.resolve("not/there"))).isNull();
        assertThat(FileTrouble.ofFolder(file.resolve("below")))
                .isEqualTo(file + " is no directory");
        assertThat(FileTrouble.ofFolder(Path.of("/proc/none"))).startsWith("no file can be made");
        assertThat(dir).isDirectoryContaining(path -> path.equals(file));
        assertThat(Files.exists(dir.resolve("not"))).isFalse();
    }
}

package cortex.core.stop;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StopDeadlineTest {
    private static String root(Class<?> of) {
        String file = of.getSimpleName() + ".class";
        URI here = URI.create(requireNonNull(of.getResource(file)).toString());
        Path path = Path.of(here);
        for (int up = of.getName().split("\\.", -1).length; up > 0; up--) {
            path = requireNonNull(path.getParent());
        }
        return path.toString();
    }

    @Test
    void aStopThatIsStuckEndsNevertheless() throws Exception {
        Process program =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                root(StopDeadline.class) + ":" + root(StuckProgram.class),
                                StuckProgram.class.getName(),
                                "300")
                        .redirectErrorStream(true)
                        .start();
        try (BufferedReader out = program.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).isEqualTo("ready");
            program.toHandle().destroy();
            assertThat(program.waitFor(30, TimeUnit.SECONDS)).isTrue();
            String said = String.join("\n", out.lines().toList());
            assertThat(program.exitValue()).isEqualTo(1);
            assertThat(said)
                    .contains("ended without waiting any longer")
                    .contains("stop WAITING [cortex.core.stop.StuckProgram.stop");
        } finally {
            program.destroyForcibly();
        }
    }
}

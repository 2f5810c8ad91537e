package cortex.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The log lines in docs/FLEET.md are what the program prints.
class FleetPageTest {
    private static final Path PAGE = Path.of("../../docs/FLEET.md");
    private static final long SEED = 22;

    @Test
    void theWorkedExampleIsARealOne() throws IOException {
        String page = Files.readString(PAGE);
        int from = page.indexOf("```log\n") + "```log\n".length();
        List<String> told = page.substring(from, page.indexOf("```", from)).lines().toList();
        assertThat(told).hasSizeGreaterThan(5);
        List<String> log =
                Simulation.run(SEED, 2_000, 100_000).log().stream()
                        .flatMap(line -> Arrays.stream(line.split("\n")))
                        .map(String::strip)
                        .toList();
        assertThat(log).as("seed %d", SEED).containsSubsequence(told);
    }
}

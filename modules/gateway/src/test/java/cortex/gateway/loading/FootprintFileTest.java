package cortex.gateway.loading;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.gateway.placement.footprint.Footprint;
import cortex.gateway.placement.footprint.Footprint.Way;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FootprintFileTest {
    @TempDir private Path directory;

    private static Footprint footprint(String model, Long... peaks) {
        return new Footprint(new Way(model, "llamacpp", "q4", 2, "abc"), List.of(peaks), 10_000L);
    }

    private Path file() {
        return directory.resolve("state").resolve("footprints.json");
    }

    @Test
    void whatWasLearnedIsKnownInTheNextRun() throws IOException {
        Footprint bare = new Footprint(new Way("b", "mistralrs", null, 0, ""), List.of(5L), null);
        try (FootprintFile first = FootprintFile.open(file())) {
            assertThat(first.known()).isEmpty();
            first.remember(footprint("a", 9_000L));
            first.remember(bare);
            first.remember(footprint("a", 9_000L, 9_500L));
        }
        try (FootprintFile second = FootprintFile.open(file())) {
            assertThat(second.known()).containsExactly(bare, footprint("a", 9_000L, 9_500L));
        }
        try (Stream<Path> files = Files.list(directory.resolve("state"))) {
            assertThat(files).containsExactly(file());
        }
    }

    @Test
    void aFileThatMakesNoSenseIsForgotten() throws IOException {
        Files.createDirectories(directory.resolve("state"));
        for (String content :
                List.of(
                        "",
                        "{\"version\":1,\"footprints\":[{\"way\"",
                        "{\"version\":2,\"footprints\":[]}",
                        "{\"version\":1,\"footprints\":[{\"way\":{\"model\":\"a\"}}]}",
                        "[]",
                        "x".repeat(2 << 20))) {
            Files.writeString(file(), content);
            try (FootprintFile open = FootprintFile.open(file())) {
                assertThat(open.known()).isEmpty();
                open.remember(footprint("a", 9_000L));
            }
            try (FootprintFile again = FootprintFile.open(file())) {
                assertThat(again.known()).containsExactly(footprint("a", 9_000L));
            }
        }
    }

    @Test
    void aFileThatCannotBeWrittenHarmsNobody() throws IOException {
        Files.writeString(directory.resolve("state"), "not a directory");
        try (FootprintFile open = FootprintFile.open(file())) {
            open.remember(footprint("a", 9_000L));
            assertThat(open.known()).containsExactly(footprint("a", 9_000L));
        }
        assertThat(directory.resolve("state")).hasContent("not a directory");
    }

    @Test
    void withoutAFileNothingIsKept() {
        try (FootprintFile open = FootprintFile.open(null)) {
            open.remember(footprint("a", 9_000L));
            assertThat(open.known()).containsExactly(footprint("a", 9_000L));
        }
    }
}

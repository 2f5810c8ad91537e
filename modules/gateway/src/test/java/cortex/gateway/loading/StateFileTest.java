package cortex.gateway.loading;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.gateway.fleet.machine.FleetEvent.WantedLoad;
import cortex.gateway.fleet.machine.FleetEvent.Wishes;
import cortex.gateway.placement.footprint.Footprint;
import cortex.gateway.placement.footprint.Footprint.Way;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFileTest {
    @TempDir private Path directory;

    private static Footprint footprint(String model, Long... peaks) {
        List<Long> uneven = Collections.nCopies(peaks.length, 700L);
        Way way = new Way(model, "llamacpp", "q4", 2, "abc");
        return new Footprint(way, List.of(peaks), uneven, 10_000L);
    }

    private Path file() {
        return directory.resolve("state").resolve("footprints.json");
    }

    @Test
    void whatWasLearnedIsKnownInTheNextRun() throws IOException {
        Footprint bare = new Footprint(new Way("b", "mistralrs", null, 0, ""), List.of(5L), null);
        try (StateFile first = StateFile.open(file())) {
            assertThat(first.content().footprints()).isEmpty();
            first.learned(footprint("a", 9_000L));
            first.learned(bare);
            first.learned(footprint("a", 9_000L, 9_500L));
        }
        try (StateFile second = StateFile.open(file())) {
            assertThat(second.content().footprints())
                    .containsExactly(bare, footprint("a", 9_000L, 9_500L));
        }
        try (Stream<Path> files = Files.list(directory.resolve("state"))) {
            assertThat(files).containsExactly(file());
        }
    }

    @Test
    void whatOperatorsWantIsKnownInTheNextRun() {
        var wishes =
                new Wishes(
                        Map.of("beast", Set.of("org/a", "b"), "mini", Set.of("b")),
                        Set.of("mini"),
                        List.of(new WantedLoad("org/a", "beast"), new WantedLoad("b", null)));
        try (StateFile first = StateFile.open(file())) {
            first.learned(footprint("a", 9_000L));
            first.wanted(new Wishes(Map.of(), Set.of("beast"), List.of()));
            first.wanted(wishes);
        }
        try (StateFile second = StateFile.open(file())) {
            var content = new StateContent(List.of(footprint("a", 9_000L)), wishes);
            assertThat(second.content()).isEqualTo(content);
            second.wanted(Wishes.NONE);
        }
        try (StateFile third = StateFile.open(file())) {
            assertThat(third.content().wishes()).isEqualTo(Wishes.NONE);
        }
    }

    @Test
    void aFileFromBeforeOperatorsWishesWereKeptIsRead() throws IOException {
        Files.createDirectories(directory.resolve("state"));
        Files.writeString(
                file(),
                """
                {"version":1,"footprints":[{"way":{"model":"a","harness":"llamacpp","quant":"q4",\
                "devices":1,"options":"abc"},"peaks_mb":[5,6],"catalogue_mb":null}]}
                """);
        try (StateFile open = StateFile.open(file())) {
            Way way = new Way("a", "llamacpp", "q4", 1, "abc");
            assertThat(open.content().footprints())
                    .containsExactly(new Footprint(way, List.of(5L, 6L), null));
            assertThat(open.content().wishes()).isEqualTo(Wishes.NONE);
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
                        "{\"version\":1,\"operators\":{\"drained\":[7]}}",
                        "{\"version\":1,\"operators\":{\"loads\":[{\"node\":\"a\"}]}}",
                        "[]",
                        "x".repeat(2 << 20))) {
            Files.writeString(file(), content);
            try (StateFile open = StateFile.open(file())) {
                assertThat(open.content()).isEqualTo(StateContent.NOTHING);
                assertThat(file()).doesNotExist();
                assertThat(file().resolveSibling("footprints.json.unreadable")).hasContent(content);
                open.learned(footprint("a", 9_000L));
            }
            try (StateFile again = StateFile.open(file())) {
                assertThat(again.content().footprints()).containsExactly(footprint("a", 9_000L));
            }
        }
    }

    @Test
    void aFileThatCannotBeWrittenHarmsNobody() throws IOException {
        Files.writeString(directory.resolve("state"), "not a directory");
        try (StateFile open = StateFile.open(file())) {
            open.learned(footprint("a", 9_000L));
            assertThat(open.content().footprints()).containsExactly(footprint("a", 9_000L));
        }
        assertThat(directory.resolve("state")).hasContent("not a directory");
    }

    @Test
    void withoutAFileNothingIsKept() {
        try (StateFile open = StateFile.open(null)) {
            open.learned(footprint("a", 9_000L));
            assertThat(open.content().footprints()).containsExactly(footprint("a", 9_000L));
        }
    }
}

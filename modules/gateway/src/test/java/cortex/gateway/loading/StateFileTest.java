package cortex.gateway.loading;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ModelProfile;
import cortex.core.node.EngineOptions;
import cortex.core.time.SystemTime;
import cortex.gateway.config.NodeAddress;
import cortex.gateway.fleet.Fleet;
import cortex.gateway.fleet.FleetStore;
import cortex.gateway.fleet.machine.FleetEvent.Kept;
import cortex.gateway.fleet.machine.FleetEvent.WantedLoad;
import cortex.gateway.fleet.machine.FleetEvent.Wish;
import cortex.gateway.fleet.machine.FleetEvent.Wishes;
import cortex.gateway.fleet.machine.FleetMachine;
import cortex.gateway.placement.footprint.Footprint;
import cortex.gateway.placement.footprint.Footprint.Way;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
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

    /// A run that leaves something behind.
    private static void leave(StateFile run, Kept... kept) {
        AtomicReference<Kept> now = new AtomicReference<>(run.before());
        try (run) {
            run.keep(now::get);
            for (Kept next : kept) {
                now.set(next);
                run.changed();
            }
        }
    }

    private static Kept learned(Footprint... footprints) {
        return new Kept(List.of(footprints), Wishes.NONE);
    }

    @Test
    void whatWasLearnedIsKnownInTheNextRun() throws IOException {
        Footprint bare = new Footprint(new Way("b", "mistralrs", null, 0, ""), List.of(5L), null);
        StateFile first = StateFile.open(file());
        assertThat(first.before()).isEqualTo(Kept.NOTHING);
        Kept end = learned(bare, footprint("a", 9_000L, 9_500L));
        leave(first, learned(footprint("a", 9_000L)), learned(footprint("a", 9_000L), bare), end);
        try (StateFile second = StateFile.open(file())) {
            assertThat(second.before()).isEqualTo(end);
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
        Kept kept = new Kept(List.of(footprint("a", 9_000L)), wishes);
        leave(StateFile.open(file()), kept);
        StateFile second = StateFile.open(file());
        assertThat(second.before()).isEqualTo(kept);
        leave(second, new Kept(kept.footprints(), Wishes.NONE));
        try (StateFile third = StateFile.open(file())) {
            assertThat(third.before()).isEqualTo(learned(footprint("a", 9_000L)));
        }
    }

    /// Who changed it first may tell so last.
    @Test
    void whatWasWantedLastIsKeptWhoeverTellsLast() throws Exception {
        Phaser told = new Phaser(1);
        StateFile file = StateFile.open(file());
        AtomicBoolean first = new AtomicBoolean(true);
        FleetStore slow =
                new FleetStore() {
                    @Override
                    public void changed() {
                        if (first.getAndSet(false)) {
                            told.arrive();
                            told.awaitAdvance(1);
                        }
                        file.changed();
                    }

                    @Override
                    public void flush() {
                        file.flush();
                    }

                    @Override
                    public void drifted(Footprint footprint) {}
                };
        Fleet fleet = new Fleet(machine(), new SystemTime(), _ -> {}, slow);
        file.keep(fleet::kept);
        Thread operator = Thread.ofVirtual().start(() -> fleet.operate(new Wish.Pin("early", "n")));
        told.awaitAdvance(0);
        fleet.operate(new Wish.Pin("late", "n"));
        told.arrive();
        operator.join();
        file.close();
        try (StateFile next = StateFile.open(file())) {
            assertThat(next.before().wishes().pins())
                    .isEqualTo(Map.of("n", Set.of("early", "late")));
        }
    }

    @Test
    void anOperatorsWishIsKeptWhenItIsAnswered() {
        try (StateFile file = StateFile.open(file())) {
            Fleet fleet = new Fleet(machine(), new SystemTime(), _ -> {}, file);
            file.keep(fleet::kept);
            for (String model : List.of("early", "late")) {
                fleet.operate(new Wish.Pin(model, "n"));
                assertThat(StateFile.open(file()).before()).isEqualTo(fleet.kept());
            }
        }
    }

    private static FleetMachine machine() {
        List<ModelProfile> models =
                Stream.of("early", "late")
                        .map(id ->
                                new ModelProfile(
                                        id,
                                        List.of(),
                                        new ModelProfile.Engine(
                                                "llamacpp", null, EngineOptions.NONE),
                                        new ModelProfile.Needs(100L, 0, null, null, List.of()),
                                        ModelProfile.Residency.DEFAULT))
                        .toList();
        return new FleetMachine(
                new FleetMachine.Settings(
                        List.of(new NodeAddress("n", URI.create("http://n:1"))),
                        new Catalogue(models),
                        3,
                        Duration.ZERO,
                        1000,
                        FleetMachine.Policy.PLAIN));
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
            assertThat(open.before()).isEqualTo(learned(new Footprint(way, List.of(5L, 6L), null)));
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
            StateFile open = StateFile.open(file());
            assertThat(open.before()).isEqualTo(Kept.NOTHING);
            assertThat(file()).doesNotExist();
            assertThat(file().resolveSibling("footprints.json.unreadable")).hasContent(content);
            leave(open, learned(footprint("a", 9_000L)));
            try (StateFile again = StateFile.open(file())) {
                assertThat(again.before()).isEqualTo(learned(footprint("a", 9_000L)));
            }
        }
    }

    @Test
    void aFileThatCannotBeWrittenHarmsNobody() throws IOException {
        Files.writeString(directory.resolve("state"), "not a directory");
        leave(StateFile.open(file()), learned(footprint("a", 9_000L)));
        assertThat(directory.resolve("state")).hasContent("not a directory");
    }

    @Test
    void withoutAFileNothingIsKept() {
        StateFile open = StateFile.open(null);
        assertThat(open.before()).isEqualTo(Kept.NOTHING);
        leave(open, learned(footprint("a", 9_000L)));
        assertThat(directory).isEmptyDirectory();
    }
}

package cortex.gateway.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ModelProfile;
import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import cortex.core.node.DeviceMemory;
import cortex.core.node.Discovery;
import cortex.core.node.EngineOptions;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.core.node.NodeHealth;
import cortex.gateway.config.NodeAddress;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.machine.FleetMachine;
import cortex.gateway.nodes.VirtualTime;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// That those who wait are told when a thing happened in the fleet, whenever they look.
class TicketNotesTest {
    private final VirtualTime time = new VirtualTime();
    private final List<Effect.Command> commands = new ArrayList<>();
    private final ModelProfile coder = model("coder");
    private final Fleet fleet =
            new Fleet(
                    new FleetMachine(
                            new FleetMachine.Settings(
                                    List.of(new NodeAddress("beast", URI.create("http://beast"))),
                                    new Catalogue(List.of(coder)),
                                    3,
                                    Duration.ZERO,
                                    3,
                                    FleetMachine.Policy.PLAIN)),
                    time,
                    commands::add);

    private static ModelProfile model(String id) {
        return new ModelProfile(
                id,
                List.of(),
                new ModelProfile.Engine("llamacpp", null, EngineOptions.NONE),
                new ModelProfile.Needs(3_000L, 1, null, null, List.of()),
                ModelProfile.Residency.DEFAULT);
    }

    private void report() {
        fleet.submit(
                new FleetEvent.NodeReported(
                        "beast",
                        time.nanos(),
                        new Discovery(
                                "beast",
                                "linux",
                                null,
                                List.of(
                                        new DeviceInfo(
                                                0,
                                                "nvidia",
                                                "card",
                                                null,
                                                24_000L,
                                                DeviceMemory.OWN,
                                                Map.of())),
                                List.of("llamacpp"),
                                64_000L),
                        new NodeHealth(
                                time.nanos() / 1_000_000_000L,
                                List.of(new DeviceHealth(0, null, 24_000L, null, null)),
                                60_000L,
                                0L),
                        List.of()));
    }

    private static FleetEvent.LoadDone done(long generation) {
        return new FleetEvent.LoadDone(
                generation,
                URI.create("http://beast/engines/r1"),
                "coder",
                new ModelInfo(
                        "coder",
                        "r1",
                        ModelStatus.LOADED,
                        0,
                        new ModelInfo.Engine("llamacpp", "coder", 1, null, null, null),
                        ModelInfo.Memory.of(List.of(0), 3_000L),
                        ModelInfo.Load.took(7.9)));
    }

    @Test
    void whatHappenedCarriesItsOwnTime() throws Exception {
        report();
        time.sleep(Duration.ofSeconds(5));
        long asked = time.nanos();
        try (Ticket ticket = fleet.request(coder, FleetEvent.Caller.ANYBODY)) {
            time.sleep(Duration.ofMillis(7_900));
            long ready = time.nanos();
            fleet.submit(done(((Effect.StartLoad) commands.getLast()).generation()));
            time.sleep(Duration.ofSeconds(60));
            assertThat(ticket.notes()).extracting(Ticket.Note::at).containsExactly(asked, ready);
            assertThat(ticket.notes().getFirst().text()).startsWith("coder: is loaded on beast");
            assertThat(ticket.notes().getLast().text())
                    .isEqualTo("coder: is ready on beast after 7.9 s");
        }
    }

    @Test
    void aFailedLoadIsTold() throws Exception {
        report();
        try (Ticket ticket = fleet.request(coder, FleetEvent.Caller.ANYBODY)) {
            time.sleep(Duration.ofMillis(1_250));
            long generation = ((Effect.StartLoad) commands.getLast()).generation();
            fleet.submit(new FleetEvent.LoadFailed(generation, "it exited", true));
            assertThat(ticket.notes())
                    .contains(
                            new Ticket.Note(
                                    time.nanos(),
                                    "coder: loading failed on beast after 1.2 s: it exited"));
        }
    }
}

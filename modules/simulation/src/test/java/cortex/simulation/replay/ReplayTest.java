package cortex.simulation.replay;

import static cortex.simulation.replay.Workload.model;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ModelProfile;
import cortex.core.node.Json;
import cortex.gateway.config.EvictionConfig.Strategy;
import cortex.simulation.replay.ReplayFleet.Node;
import cortex.simulation.replay.Trace.Arrival;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReplayTest {
    private static final Offset<Double> EXACT = Offset.offset(1e-6);
    private static final Offset<Double> A_POLL = Offset.offset(3.0);

    /// One card of 24,000 MiB; a load takes a second, and another for each 1,000 MiB.
    private static Scene scene(List<ModelProfile> models, Arrival... arrivals) {
        return new Scene(
                new Trace(List.of(arrivals)),
                new ReplayFleet(List.of(new Node("a", List.of(24_000L), 64_000, 1, 1_000))),
                new Catalogue(models),
                Scene.Rules.DEFAULT);
    }

    @Test
    void whatDoesNotFitTogetherTakesTurns() {
        Scene scene =
                scene(
                        List.of(model("a", 20_000), model("b", 10_000)),
                        new Arrival(10, "a", 5),
                        new Arrival(11, "a", 5),
                        new Arrival(100, "b", 5),
                        new Arrival(200, "a", 5),
                        new Arrival(300, "a", 5));
        Outcome outcome = Replay.run(scene, Strategy.LRU);
        assertThat(outcome.requests()).isEqualTo(5);
        assertThat(outcome.loads().loads()).isEqualTo(3);
        assertThat(outcome.loads().coldStarts()).isEqualTo(4);
        assertThat(outcome.loads().coldStartSecs()).isCloseTo(21 + 11 + 21, EXACT);
        assertThat(outcome.evictions()).isEqualTo(2);
        assertThat(outcome.refused()).isZero();
        assertThat(outcome.waits().secs()).isCloseTo(21 + 20 + 11 + 21, A_POLL);
        assertThat(outcome.waits().p50()).isCloseTo(20, A_POLL);
    }

    @Test
    void whoKnowsTheFutureEvictsWhatIsNeededLast() {
        List<Arrival> arrivals = new ArrayList<>();
        String[] order = {"a", "b", "c", "a", "c", "a", "b"};
        for (int i = 0; i < order.length; i++) {
            arrivals.add(new Arrival(100 + 100 * i, order[i], 5));
        }
        Scene scene =
                scene(
                        List.of(model("a", 10_000), model("b", 10_000), model("c", 10_000)),
                        arrivals.toArray(Arrival[]::new));
        assertThat(Replay.run(scene, Strategy.LRU).loads().loads()).isEqualTo(5);
        assertThat(Replays.baseline(scene).loads().loads()).isEqualTo(4);
        assertThat(Replays.run(scene, List.of(Strategy.COST)))
                .extracting(Outcome::strategy)
                .containsExactly("cost", "clairvoyant");
    }

    @Test
    void aRequestThatNobodyCanServeIsRefusedInTheEnd() {
        Outcome outcome =
                Replay.run(
                        scene(List.of(model("huge", 90_000)), new Arrival(0, "huge", 1)),
                        Strategy.LRU);
        assertThat(outcome.refused()).isEqualTo(1);
        assertThat(outcome.requests()).isEqualTo(1);
        assertThat(outcome.loads().loads()).isZero();
    }

    /// The first six hours of one seed; whole days and many seeds are in docs/PERFORMANCE.md. That
    /// little says no more than that nothing is badly wrong.
    @ParameterizedTest
    @EnumSource(Workload.class)
    void costKeepsWithinReachOfTheClairvoyant(Workload workload) {
        Catalogue catalogue = Workload.catalogue();
        Trace trace = workload.generate(catalogue, 1);
        assertThat(workload.generate(catalogue, 1)).isEqualTo(trace);
        double from = trace.arrivals().getFirst().at();
        List<Arrival> morning =
                trace.arrivals().stream().filter(a -> a.at() < from + 6 * 3_600).toList();
        var scene = new Scene(new Trace(morning), Workload.fleet(), catalogue, Scene.Rules.DEFAULT);
        Outcome cost = Replay.run(scene, Strategy.COST);
        assertThat(Replay.run(scene, Strategy.COST)).isEqualTo(cost);
        assertThat(cost.refused()).isZero();
        assertThat(cost.loads().coldStartSecs())
                .isLessThanOrEqualTo(1.3 * Replays.baseline(scene).loads().coldStartSecs())
                .isLessThanOrEqualTo(
                        1.05 * Replay.run(scene, Strategy.LRU).loads().coldStartSecs());
    }

    @Test
    void aTraceIsReadAsItWasWritten() {
        Trace trace = new Trace(List.of(new Arrival(2.5, "b\"x", 0.25), new Arrival(1, "a", 3)));
        assertThat(Trace.read(trace.lines())).isEqualTo(trace);
        assertThat(trace.lines().getFirst())
                .isEqualTo("{\"at\":1.000,\"model\":\"a\",\"secs\":3.000}");
        assertThatThrownBy(() -> Trace.read(List.of("", "{\"at\":1,\"model\":\"a\"}")))
                .isInstanceOf(TraceException.class)
                .hasMessageStartingWith("line 2 of the trace wants");
        assertThatThrownBy(() -> Trace.read(List.of("at=1")))
                .hasMessage("line 1 of the trace is not JSON.");
        assertThatThrownBy(() -> scene(List.of(), new Arrival(0, "a", 1)))
                .hasMessage("the trace asks for 'a', which is not in the catalogue.");
    }

    @Test
    void anOutcomeIsOneFlatObjectInJson() {
        Outcome outcome =
                new Outcome(
                        "lru",
                        1,
                        new Outcome.Loads(2, 3, 4.5),
                        new Outcome.Waits(5.5, 6.5, 7.5, 8.5),
                        9,
                        10,
                        new Outcome.Memory(11.5, 12.5));
        assertThat(Json.MAPPER.writeValueAsString(outcome))
                .isEqualTo(
                        """
                        {"strategy":"lru","requests":1,"loads":2,"cold_starts":3,\
                        "cold_start_secs":4.5,"wait_secs":5.5,"wait_p50":6.5,"wait_p95":7.5,\
                        "wait_p99":8.5,"evictions":9,"refused":10,"held_pct":11.5,\
                        "busy_pct":12.5}\
                        """);
    }
}

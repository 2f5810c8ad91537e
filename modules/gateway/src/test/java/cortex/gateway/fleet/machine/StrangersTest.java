package cortex.gateway.fleet.machine;

import static cortex.gateway.fleet.machine.Scenario.entry;
import static cortex.gateway.fleet.machine.Scenario.model;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.view.NodeView;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Models on a node that the catalogue does not have.
class StrangersTest {
    private final ModelProfile a = model("a", 10_000L, 1);
    private final Scenario fleet = new Scenario(3, List.of(a), "n1", "n2");

    private NodeView node(String name) {
        return fleet.machine.view().nodes().stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static ModelInfo[] strangers(int count, ModelStatus status) {
        return IntStream.range(0, count)
                .mapToObj(i -> entry("x" + i, "r" + i, status, 1))
                .toArray(ModelInfo[]::new);
    }

    @Test
    void aReportOfVeryManyIsLinearAndTakesInAFew() {
        fleet.free("n1", 20_000).report("n1");
        fleet.lists("n2", strangers(60_000, ModelStatus.LOADED));
        fleet.free("n2", 20_000);
        long begun = System.nanoTime();
        for (int i = 0; i < 10; i++) {
            assertThat(fleet.report("n2")).isEmpty();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
        assertThat(fleet.machine.view().replicas()).hasSize(NodeReports.STRANGERS);
        assertThat(node("n2").models().unknownModels().count()).isEqualTo(60_000);
        assertThat(node("n2").models().unknownModels().names()).hasSize(8).startsWith("x0");
        assertThat(fleet.machine.view().models()).hasSize(NodeReports.STRANGERS);
        assertThat(fleet.machine.view().known()).isEmpty();
    }

    @Test
    void whatIsGoneIsForgotten() {
        fleet.free("n2", 20_000).lists("n2", strangers(30, ModelStatus.LOADED));
        fleet.report("n2");
        fleet.lists("n2");
        fleet.report("n2");
        assertThat(fleet.machine.view().replicas()).isEmpty();
        assertThat(fleet.machine.view().models()).isEmpty();
        assertThat(node("n2").models().unknownModels()).isEqualTo(NodeView.UnknownModels.NONE);
    }

    @Test
    void nobodyWatchesTheirLoads() {
        fleet.free("n2", 20_000).lists("n2", strangers(5, ModelStatus.LOADING));
        assertThat(fleet.report("n2")).isEmpty();
        assertThat(fleet.machine.view().replicas()).isEmpty();
        assertThat(node("n2").models().unknownModels().count()).isEqualTo(5);
    }

    @Test
    void whatTheCatalogueHadOnceMakesRoom() {
        fleet.free("n1", 4_000).lists("n1", entry("old", "r1", ModelStatus.LOADED, 18_000));
        fleet.report("n1");
        fleet.report("n1");
        fleet.report("n2");
        assertThat(Scenario.unload(fleet.ask(a)).model()).isEqualTo("old");
    }
}

package cortex.gateway.loading;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ModelProfile;
import cortex.core.node.Discovery;
import cortex.core.node.NodeHealth;
import cortex.core.time.SystemTime;
import cortex.gateway.LogLines;
import cortex.gateway.config.EvictionConfig;
import cortex.gateway.config.NodeAddress;
import cortex.gateway.config.PlacementConfig;
import cortex.gateway.config.RoutingConfig;
import cortex.gateway.fleet.Fleet;
import cortex.gateway.fleet.machine.FleetEvent.NodeReported;
import cortex.gateway.fleet.machine.FleetMachine;
import cortex.gateway.fleet.view.Plan;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class UnservableTest {
    private final SystemTime time = new SystemTime();
    private final Catalogue catalogue =
            new Catalogue(List.of(model("small", 100), model("huge", 40_000)));
    private final Fleet fleet = fleet();
    private final Unservable unservable = new Unservable(catalogue, this::plan, time);

    private static ModelProfile model(String id, long mb) {
        return new ModelProfile(
                id,
                List.of(),
                new ModelProfile.Engine("demo", null, cortex.core.node.EngineOptions.NONE),
                new ModelProfile.Needs(mb, 0, null, null, List.of()),
                ModelProfile.Residency.DEFAULT);
    }

    private Fleet fleet() {
        return new Fleet(
                new FleetMachine(
                        new FleetMachine.Settings(
                                List.of(node("n1"), node("n2")),
                                catalogue,
                                3,
                                Duration.ZERO,
                                16,
                                new FleetMachine.Policy(
                                        new PlacementConfig(0),
                                        new EvictionConfig(
                                                EvictionConfig.Strategy.LRU,
                                                0,
                                                Duration.ZERO,
                                                Duration.ZERO),
                                        RoutingConfig.USUAL))),
                time,
                _ -> {});
    }

    private static NodeAddress node(String name) {
        return new NodeAddress(name, URI.create("http://" + name + ":9090"));
    }

    private Plan plan(ModelProfile profile) {
        return fleet.plan(profile);
    }

    private NodeReported reportOf(String node, long ramMb) {
        return new NodeReported(
                node,
                time.nanos(),
                new Discovery(node, "Linux", null, List.of(), List.of("demo"), ramMb),
                new NodeHealth(1, List.of(), ramMb, null),
                List.of());
    }

    private void report(String node, long ramMb) {
        NodeReported report = reportOf(node, ramMb);
        fleet.submit(report);
        unservable.reported(report);
    }

    @Test
    void whatNoNodeCanEverHoldIsWarnedOfOnceAllHaveAnswered() {
        try (LogLines lines = LogLines.of(Unservable.class)) {
            report("n1", 24_000);
            assertThat(unservable.has("huge")).as("n2 may hold it").isFalse();
            report("n2", 16_000);
            report("n2", 16_000);
            report("n1", 24_001);
            assertThat(unservable.has("huge")).isTrue();
            assertThat(unservable.has("small")).isFalse();
            assertThat(lines.warnings())
                    .singleElement()
                    .asString()
                    .startsWith("'huge' can never be served by any node: n")
                    .doesNotContain("..");
            report("n2", 64_000);
            assertThat(unservable.has("huge")).as("memory was added").isFalse();
        }
    }

    @Test
    void twoNodesThatReportAtOnceAreOneWarning() throws Exception {
        CyclicBarrier both = new CyclicBarrier(2);
        Unservable raced =
                new Unservable(
                        catalogue,
                        profile -> {
                            meet(both);
                            return fleet.plan(profile);
                        },
                        time);
        NodeReported one = submitted("n1");
        NodeReported two = submitted("n2");
        try (LogLines lines = LogLines.of(Unservable.class)) {
            Thread first = Thread.ofVirtual().start(() -> raced.reported(one));
            raced.reported(two);
            first.join();
            assertThat(lines.warnings()).singleElement().asString().startsWith("'huge' ");
        }
    }

    private static void meet(CyclicBarrier both) {
        try {
            both.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    private NodeReported submitted(String node) {
        NodeReported report = reportOf(node, 24_000);
        fleet.submit(report);
        return report;
    }
}

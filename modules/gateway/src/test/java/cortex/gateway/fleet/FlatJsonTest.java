package cortex.gateway.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.Json;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.view.NodeView;
import cortex.gateway.placement.Decision;
import cortex.gateway.placement.Explanation;
import cortex.gateway.placement.Explanation.Shares;
import cortex.gateway.placement.Verdict;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The admin API's JSON, word for word: programs read it, so that it stays flat and in its order
/// however the records are cut.
class FlatJsonTest {
    @Test
    void theFleet() {
        NodeView node =
                new NodeView(
                        "n",
                        URI.create("http://n:1"),
                        new NodeView.Contact(true, true, null),
                        null,
                        null,
                        new NodeView.Wishes(true, List.of("m"), "llamacpp"),
                        new NodeView.UnknownModels(1, List.of("x")));
        var replica =
                new FleetSnapshot.ReplicaView(
                        "m",
                        "n",
                        new FleetSnapshot.Stage(ModelStatus.LOADED, "why", 1.5),
                        List.of(0),
                        3,
                        new FleetSnapshot.EngineView(900L, 8192, 4),
                        true);
        var drift = new FleetSnapshot.Drift(800L, 12.5, true);
        var footprint = new FleetSnapshot.FootprintView("m", "llamacpp", "Q4", 1, 900, 20, drift);
        FleetSnapshot fleet =
                new FleetSnapshot(
                        List.of(node),
                        List.of(replica),
                        List.of(new FleetSnapshot.QueueView("m", 2, true)),
                        List.of(footprint),
                        Map.of());
        assertThat(Json.MAPPER.writeValueAsString(fleet)).isEqualTo(FLEET);
    }

    @Test
    void aPlan() {
        Shares shares = new Shares(List.of(0), List.of(900L));
        var size = new Explanation.Size(900L, true, 800L);
        var inputs = new Explanation.CostInputs(1.25, 2.5, 0.5);
        var memory = new Explanation.Memory(24_000L, 20_000L, 1, 2, 3, 4, 19_000L);
        var line =
                new Explanation.NodeLine(
                        "n",
                        Verdict.Standing.FITS,
                        "fits",
                        shares,
                        1.5,
                        List.of(new Explanation.VictimLine("v", List.of(0), 700, 3, inputs, 9.0)),
                        List.of(new Explanation.DeviceLine(0, "gpu", "8.6", memory)));
        Explanation plan =
                new Explanation(
                        "m",
                        Decision.Outcome.LOAD,
                        "would",
                        "n",
                        shares,
                        new Explanation.Need("llamacpp", 1, size, 100, "8.6", 5),
                        List.of(line));
        assertThat(Json.MAPPER.writeValueAsString(plan)).isEqualTo(PLAN);
    }

    private static final String FLEET =
            """
            {"nodes":[{"name":"n","endpoint":"http://n:1","healthy":true,"answered":true,\
            "problem":null,"back_within_secs":null,"discovery":null,"health":null,\
            "draining":true,"pins":["m"],\
            "restarting":"llamacpp","unknown_models":{"count":1,"names":["x"]},"files":[]}],\
            "replicas":[{"model":"m","node":"n","status":"loaded","devices":[0],"in_flight":3,\
            "vram_used_mb":900,"context":8192,"reason":"why","slots":4,"pinned":true,\
            "eta_secs":1.5,"failure":null}],"queues":[{"model":"m","waiting":2,"wanted":true}],\
            "footprints":[{"model":"m","harness":"llamacpp","quant":"Q4","devices":1,"mb":900,\
            "uneven_mb":20,"catalogue_mb":800,"drift_pct":12.5,"drifted":true}],"known":{},\
            "engines":{"ended":{},"serving":[]}}\
            """;
    private static final String PLAN =
            """
            {"model":"m","outcome":"LOAD","text":"would","node":"n","devices":[0],\
            "shares_mb":[900],"need":{"harness":"llamacpp","min_devices":1,"vram_mb":900,\
            "measured":true,"catalogue_mb":800,"min_device_vram_mb":100,\
            "min_compute_capability":"8.6","priority":5},"nodes":[{"node":"n","standing":"FITS",\
            "reason":"fits","devices":[0],"shares_mb":[900],"cost":1.5,"victims":[{"model":"v",\
            "devices":[0],"memory_mb":700,"priority":3,"idle_secs":1.25,"reload_secs":2.5,\
            "uses_per_hour":0.5,"cost":9.0}],"memory":[{"index":0,"name":"gpu",\
            "compute_capability":"8.6","total_mb":24000,"free_mb":20000,"reserved_mb":1,\
            "claimed_mb":2,"coming_mb":3,"headroom_mb":4,"available_mb":19000}]}]}\
            """;
}

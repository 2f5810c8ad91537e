package cortex.gateway.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.FailureCause;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.core.node.NodeHealth;
import cortex.core.time.SystemTime;
import cortex.gateway.LogLines;
import cortex.gateway.fleet.EngineEnds.ReplicaName;
import cortex.gateway.fleet.machine.FleetEvent.NodeReported;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EngineEndsTest {
    private static final String KILLED = "the engine was ended by signal 9 (KILL: by hand)";

    private final EngineEnds ends = new EngineEnds(new SystemTime());

    private void report(ModelStatus status, String replica, @Nullable String reason) {
        ModelInfo entry =
                new ModelInfo(
                        "m",
                        replica,
                        status,
                        0,
                        new ModelInfo.Engine(
                                "demo",
                                null,
                                null,
                                null,
                                null,
                                reason,
                                new FailureCause(FailureCause.Kind.OTHER, "hunter2")),
                        ModelInfo.Memory.of(List.of(), null),
                        ModelInfo.Load.took(null));
        ends.reported(
                new NodeReported(
                        "n1", 0, null, new NodeHealth(1, List.of(), 1L, null), List.of(entry)));
    }

    @Test
    void anEndThatOnlyTheReportShowsIsOneWarning() {
        try (LogLines lines = LogLines.of(EngineEnds.class)) {
            report(ModelStatus.LOADED, "r1", null);
            report(ModelStatus.FAILED, "r1", KILLED);
            report(ModelStatus.FAILED, "r1", KILLED);
            assertThat(lines.warnings())
                    .containsExactly(
                            "the engine ended (signal 9) of m on n1, as its node reports: the"
                                    + " engine was ended by signal 9 (KILL: by hand)");
        }
    }

    @Test
    void whoeverTellsFirstTheOtherIsSilent() {
        try (LogLines lines = LogLines.of(EngineEnds.class)) {
            report(ModelStatus.LOADED, "r1", null);
            ends.noted(new ReplicaName("n1", "m", 7), "a request saw it");
            ends.noted(new ReplicaName("n1", "m", 7), "another one, too");
            report(ModelStatus.FAILED, "r1", KILLED);
            assertThat(lines.warnings()).containsExactly("a request saw it");

            report(ModelStatus.LOADED, "r2", null);
            report(ModelStatus.FAILED, "r2", KILLED);
            ends.noted(new ReplicaName("n1", "m", 8), "a request saw it later");
            assertThat(lines.warnings()).as("of the second death").hasSize(2);
            ends.noted(new ReplicaName("n1", "m", 9), "the third death");
            assertThat(lines.warnings()).hasSize(3);
        }
    }

    @Test
    void aLoadThatFailedAndAnUnloadAreNone() {
        try (LogLines lines = LogLines.of(EngineEnds.class)) {
            report(ModelStatus.LOADING, "r1", null);
            report(ModelStatus.FAILED, "r1", KILLED);
            report(ModelStatus.LOADED, "r2", null);
            report(ModelStatus.UNLOADED, "r2", null);
            assertThat(lines.warnings()).isEmpty();
        }
    }
}

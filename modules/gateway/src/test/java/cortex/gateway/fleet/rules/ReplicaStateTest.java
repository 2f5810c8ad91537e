package cortex.gateway.fleet.rules;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.rules.ReplicaState.Draining;
import cortex.gateway.fleet.rules.ReplicaState.Loading;
import cortex.gateway.fleet.rules.ReplicaState.Ready;
import cortex.gateway.fleet.rules.ReplicaState.Serving;
import cortex.gateway.fleet.rules.ReplicaState.Suspect;
import cortex.gateway.fleet.rules.ReplicaState.Unloading;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The table of moves: each cell says whether a replica without requests in flight may go there.
class ReplicaStateTest {
    private static final UnloadReason WHY = UnloadReason.of(UnloadReason.Cause.OPERATOR);
    private static final Serving SERVING =
            new Serving(
                    URI.create("http://host/engines/r1"),
                    "m",
                    new ModelInfo(
                            "m",
                            "r1",
                            ModelStatus.LOADED,
                            0,
                            new ModelInfo.Engine("llamacpp", "m", 4, 4096, null, null),
                            ModelInfo.Memory.of(List.of(0), null),
                            ModelInfo.Load.took(2.0)),
                    0);

    private static ReplicaState state(String name, int inFlight) {
        return switch (name) {
            case "Loading" -> new Loading(0, null);
            case "Ready" -> new Ready(SERVING, inFlight, 0);
            case "Suspect" -> new Suspect(SERVING, inFlight, 0, "refused");
            case "Draining" -> new Draining(SERVING, inFlight, 0, WHY);
            case "Unloading" -> new Unloading(SERVING, 0, WHY);
            default -> throw new IllegalArgumentException(name);
        };
    }

    @ParameterizedTest
    @CsvSource({
        "Loading,   Loading Ready",
        "Ready,     Ready Suspect Draining Unloading",
        "Suspect,   Ready Suspect Draining Unloading",
        "Draining,  Ready Draining Unloading",
        "Unloading, Ready",
    })
    void movesAreThoseOfTheTable(String from, String targets) {
        ReplicaState state = state(from, 0);
        List<String> allowed = List.of(targets.split(" "));
        for (String to : List.of("Loading", "Ready", "Suspect", "Draining", "Unloading")) {
            assertThat(state.obstacle(state(to, 0)) == null)
                    .as("%s to %s", from, to)
                    .isEqualTo(allowed.contains(to));
        }
    }

    @Test
    void requestsInFlightAreNeitherLostNorMadeUp() {
        assertThat(state("Draining", 2).obstacle(state("Unloading", 0)))
                .contains("requests are in flight");
        assertThat(state("Ready", 2).obstacle(state("Draining", 1))).contains("stay in flight");
        assertThat(state("Ready", 2).obstacle(state("Ready", 1))).as("a lease ended").isNull();
        assertThat(state("Loading", 0).obstacle(state("Ready", 1))).isNotNull();
        assertThat(state("Unloading", 0).obstacle(state("Ready", 1))).isNotNull();
    }

    @Test
    void whoMustGoSaysWhy() {
        assertThat(state("Draining", 0).leaving()).isEqualTo(WHY);
        assertThat(state("Unloading", 0).leaving()).isEqualTo(WHY);
        assertThat(new Loading(0, WHY).leaving()).isEqualTo(WHY);
        assertThat(state("Loading", 0).leaving()).isNull();
        assertThat(state("Ready", 0).leaving()).isNull();
        assertThat(state("Suspect", 0).leaving()).isNull();
    }
}

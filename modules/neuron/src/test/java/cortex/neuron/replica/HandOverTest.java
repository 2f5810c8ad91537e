package cortex.neuron.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.neuron.process.Poll;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A neuron that leaves its engines to the next one, while answers of its own go on.
@Timeout(120)
class HandOverTest {
    @TempDir private Path dir;
    private Fixture fixture;

    @BeforeEach
    void make() throws Exception {
        fixture = new Fixture(dir);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        fixture.assertNothingLeft();
    }

    @Test
    void theNextOneHasTheEnginesFromItsFirstAnswerOn() throws Exception {
        ReplicaHost first = fixture.start();
        first.load(Fixture.request("kept"));
        ModelInfo kept = Fixture.await(first, "kept", ModelStatus.LOADED);
        first.load(Fixture.request("slow", "--fake-load", "3000"));
        ModelInfo slow = Fixture.await(first, "slow", ModelStatus.LOADING);
        Poll.until("both run", () -> fixture.started().size() == 2);

        first.keep();
        assertThatThrownBy(() -> first.load(Fixture.request("late")))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.failure()).isInstanceOf(Failure.ShuttingDown.class));
        try (Entry entry = Objects.requireNonNull(first.enter(kept.replica()))) {
            first.handOver();
            try (ReplicaHost second = fixture.start()) {
                ModelInfo taken = Objects.requireNonNull(Fixture.info(second, "kept"));
                assertThat(taken.replica()).isEqualTo(kept.replica());
                assertThat(taken.status()).isEqualTo(ModelStatus.LOADED);
                assertThat(Objects.requireNonNull(Fixture.info(second, "slow")).replica())
                        .isEqualTo(slow.replica());
                first.close();
                assertThat(entry.engineUrl()).isNotNull();
                Fixture.await(second, "slow", ModelStatus.LOADED);
                assertThat(fixture.started()).hasSize(2);
                assertThat(fixture.running()).hasSize(2);
                assertThat(fixture.records()).hasSize(2);
            }
        }
        assertThat(fixture.records()).isEmpty();
    }

    /// Whoever has let go forgets nothing of what is the next one's.
    @Test
    void anEngineThatDiesLaterIsTheNextOnesToTell() throws Exception {
        ReplicaHost first = fixture.start();
        first.load(Fixture.request("kept"));
        Fixture.await(first, "kept", ModelStatus.LOADED);
        first.keep();
        first.handOver();
        try (ReplicaHost second = fixture.start()) {
            ProcessHandle.of(fixture.running().getFirst()).orElseThrow().destroyForcibly();
            Fixture.await(first, "kept", ModelStatus.FAILED);
            ModelInfo failed = Fixture.await(second, "kept", ModelStatus.FAILED);
            assertThat(failed.engine().reason()).contains("is gone");
        }
        first.close();
    }
}

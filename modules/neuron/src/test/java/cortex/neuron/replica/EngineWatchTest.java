package cortex.neuron.replica;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.EngineOptions;
import cortex.core.node.LoadRequest;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.neuron.device.DeviceView;
import cortex.neuron.harness.Harness.Life;
import cortex.neuron.harness.Harness.Limits;
import cortex.neuron.process.Poll;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Which ready engines are taken for frozen, and what becomes of them.
@Timeout(60)
class EngineWatchTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofHours(1);

    /// An engine is asked six times within a short silence: after so many looks it is over twice.
    private static final int ENOUGH = 15;

    private static final LoadRequest REQUEST =
            new LoadRequest("m/frozen", "fake", null, null, List.of(), null, EngineOptions.NONE);

    private final FakeHarness harness = new FakeHarness();
    private final ReplicaHost host = harness.host(DeviceView.NONE);

    @AfterEach
    void close() {
        harness.stoppable.countDown();
        host.close();
    }

    private String loaded(Duration silence, Duration work) throws Exception {
        harness.limits = new Limits(silence, work);
        harness.ready.countDown();
        harness.stoppable.countDown();
        host.load(REQUEST);
        return Fixture.await(host, "m/frozen", ModelStatus.LOADED).replica();
    }

    private String reason() throws Exception {
        ModelInfo info = Fixture.await(host, "m/frozen", ModelStatus.FAILED);
        return Objects.requireNonNull(info.engine().reason());
    }

    private void staysLoaded() throws Exception {
        int before = harness.asked.get();
        Poll.until("asked often", () -> harness.asked.get() > before + ENOUGH);
        assertThat(Objects.requireNonNull(Fixture.info(host, "m/frozen")).status())
                .isEqualTo(ModelStatus.LOADED);
    }

    @Test
    void oneThatAnswersNothingIsEndedAndMayBeLoadedAgain() throws Exception {
        String first = loaded(SHORT, LONG);
        staysLoaded();
        Entry entry = Objects.requireNonNull(host.enter(first));
        harness.life = Life.SILENT;
        assertThat(reason()).startsWith("the engine is frozen: it has not answered for 0 s");
        assertThat(entry.awaitEnd(Duration.ZERO)).as("no request's doing").isNull();
        entry.close();
        assertThat(host.enter(first)).isNull();
        harness.life = Life.IDLE;
        host.load(REQUEST);
        String second = Fixture.await(host, "m/frozen", ModelStatus.LOADED).replica();
        assertThat(second).isNotEqualTo(first);
    }

    @Test
    void oneThatStillSendsToAClientIsNot() throws Exception {
        String replica = loaded(SHORT, LONG);
        try (Entry entry = Objects.requireNonNull(host.enter(replica))) {
            harness.life = Life.SILENT;
            int before = harness.asked.get();
            Poll.until(
                    "asked often",
                    () -> {
                        entry.heard();
                        return harness.asked.get() > before + ENOUGH;
                    });
            assertThat(Objects.requireNonNull(Fixture.info(host, "m/frozen")).status())
                    .isEqualTo(ModelStatus.LOADED);
        }
        assertThat(reason()).contains("has not answered");
    }

    @Test
    void oneWhoseRequestsMakeNoProgressIsEnded() throws Exception {
        loaded(SHORT, SHORT);
        harness.life = new Life(true, true, 41L);
        assertThat(reason())
                .startsWith("the engine is frozen: its requests made no progress for 0 s");
    }

    @Test
    void oneThatHasWorkedAndTellsNoMoreIsEnded() throws Exception {
        loaded(SHORT, SHORT.multipliedBy(3));
        harness.life = new Life(true, true, 41L);
        int before = harness.asked.get();
        Poll.until("asked", () -> harness.asked.get() > before + 1);
        harness.life = new Life(true, false, null);
        assertThat(reason()).contains("made no progress");
    }

    @Test
    void oneThatGetsOnOrIsIdleOrCountsNothingStays() throws Exception {
        loaded(SHORT, SHORT);
        staysLoaded();
        int before = harness.asked.get();
        Poll.until(
                "asked often",
                () -> {
                    harness.life = new Life(true, true, (long) harness.asked.get());
                    return harness.asked.get() > before + ENOUGH;
                });
        harness.life = Life.IDLE;
        staysLoaded();
        harness.life = new Life(true, false, null);
        staysLoaded();
    }
}

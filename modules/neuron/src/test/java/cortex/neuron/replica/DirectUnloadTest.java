package cortex.neuron.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.node.LoadRequest;
import cortex.core.node.ModelStatus;
import cortex.core.node.UnloadRequest;
import cortex.neuron.device.DeviceView;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Unloading what clients use without the neuron's door: only the engine knows whether it is idle.
class DirectUnloadTest {
    private final FakeHarness harness = new FakeHarness();
    private final ReplicaHost host = harness.host(DeviceView.NONE);

    @BeforeEach
    void load() throws Exception {
        harness.direct = true;
        harness.ready.countDown();
        harness.stoppable.countDown();
        var request = Fixture.request("m");
        host.load(
                new LoadRequest(
                        "m", "fake", null, null, request.devices(), 10L, request.options()));
        Fixture.await(host, "m", ModelStatus.LOADED);
    }

    @AfterEach
    void close() {
        host.close();
    }

    private static UnloadRequest ifIdle() {
        return new UnloadRequest("m", null, true);
    }

    @Test
    void theEngineIsAskedForItsRequests() {
        harness.requests = 2;
        assertThatThrownBy(() -> host.unload(ifIdle()))
                .isInstanceOfSatisfying(
                        ReplicaBusyException.class, e -> assertThat(e.inFlight()).isEqualTo(2))
                .hasMessageContaining("2 requests in flight");
        assertThat(host.endpoint("m")).isNotNull();
        harness.requests = 0;
        assertThat(host.unload(ifIdle()).status()).isEqualTo(ModelStatus.UNLOADED);
        assertThat(host.endpoint("m")).isNull();
    }

    @Test
    void anEngineThatDoesNotAnswerIsNotTakenToBeIdle() {
        harness.requests = -1;
        assertThatThrownBy(() -> host.unload(ifIdle()))
                .isInstanceOf(ReplicaBusyException.class)
                .hasMessageContaining("without only_if_idle");
        assertThat(host.unload(new UnloadRequest("m", null, false)).status())
                .isEqualTo(ModelStatus.UNLOADED);
    }

    @Test
    void anEngineThatCountsNothingIsUnloaded() {
        harness.requests = null;
        assertThat(host.unload(ifIdle()).status()).isEqualTo(ModelStatus.UNLOADED);
    }

    @Test
    void whatGoesThroughTheDoorIsNotAskedAbout() {
        harness.direct = false;
        harness.requests = 2;
        assertThat(host.unload(ifIdle()).status()).isEqualTo(ModelStatus.UNLOADED);
    }
}

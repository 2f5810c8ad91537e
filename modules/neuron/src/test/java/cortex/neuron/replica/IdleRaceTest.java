package cortex.neuron.replica;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.EngineOptions;
import cortex.core.node.LoadRequest;
import cortex.core.node.ModelStatus;
import cortex.core.node.UnloadRequest;
import cortex.neuron.device.DeviceView;
import cortex.neuron.process.Poll;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Requests that enter while somebody unloads what is idle: no engine is ever stopped under one.
@Timeout(120)
class IdleRaceTest {
    private static final int ROUNDS = 150;
    private static final int CLIENTS = 8;

    private final FakeHarness harness = new FakeHarness();
    private final AtomicInteger served = new AtomicInteger();
    private final AtomicInteger hurt = new AtomicInteger();

    @Test
    void noEngineIsStoppedUnderARequest() throws Exception {
        harness.ready.countDown();
        harness.stoppable.countDown();
        int refused = 0;
        try (ReplicaHost host = harness.host(DeviceView.NONE)) {
            for (int round = 0; round < ROUNDS; round++) {
                refused += round(host);
            }
        }

        assertThat(hurt).hasValue(0);
        assertThat(served.get()).as("requests that got in").isPositive();
        assertThat(refused).as("unloads that were refused").isPositive();
    }

    /// Loads, lets clients in, unloads as soon as it is idle; how often it was not.
    private int round(ReplicaHost host) throws Exception {
        LoadRequest request =
                new LoadRequest("m", "fake", null, null, List.of(), null, EngineOptions.NONE);
        String replica = host.load(request).replica();
        Poll.until("it is loaded", () -> host.models().getFirst().status() == ModelStatus.LOADED);
        AtomicBoolean stopped = new AtomicBoolean();
        harness.onStop = () -> stopped.set(true);
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(Thread.ofPlatform().start(() -> client(host, replica, stopped, go)));
        }
        go.countDown();
        int refused = 0;
        boolean unloaded = false;
        while (!unloaded) {
            try {
                host.unload(new UnloadRequest("m", replica, true));
                unloaded = true;
            } catch (ReplicaBusyException e) {
                assertThat(e.inFlight()).isBetween(1, CLIENTS);
                refused++;
            }
        }
        for (Thread client : clients) {
            client.join();
        }
        assertThat(host.models()).isEmpty();
        return refused;
    }

    private void client(
            ReplicaHost host, String replica, AtomicBoolean stopped, CountDownLatch go) {
        try {
            go.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        while (true) {
            try (Entry entry = host.enter(replica)) {
                if (entry == null) {
                    return;
                }
                served.incrementAndGet();
                LockSupport.parkNanos(20_000);
                if (stopped.get()) {
                    hurt.incrementAndGet();
                }
            }
            LockSupport.parkNanos(20_000);
        }
    }
}

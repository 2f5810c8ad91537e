package cortex.neuron.replica;

import cortex.core.engine.EngineTraits;
import cortex.core.time.SystemTime;
import cortex.neuron.device.DeviceView;
import cortex.neuron.harness.EngineEnd;
import cortex.neuron.harness.EngineFailedException;
import cortex.neuron.harness.Harness;
import cortex.neuron.process.Readiness;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Engines that are only told of: one harness whose engines get ready, or hang, on command.
public final class FakeHarness implements Harness {
    /// Where all its engines are.
    public volatile URI url = URI.create("http://127.0.0.1:1");

    /// Whether clients are sent there directly.
    public volatile boolean direct;

    /// What its engines say how many requests they have: null for nothing, -1 when they hang.
    public volatile @Nullable Integer requests;

    /// When its engines are taken for frozen; null for never.
    public volatile @Nullable Limits limits;

    /// What its engines say of themselves, and how often they were asked.
    public volatile Life life = Life.IDLE;

    public final AtomicInteger asked = new AtomicInteger();

    /// Engines get ready once this is open.
    public final CountDownLatch ready = new CountDownLatch(1);

    /// Engines can be stopped once this is open.
    public final CountDownLatch stoppable = new CountDownLatch(1);

    /// Runs when an engine is told to stop.
    public volatile Runnable onStop = () -> {};

    /// Whether its engines share a process, and how often that was restarted.
    public volatile boolean shared;

    /// Whether it can be restarted.
    public volatile boolean restartable = true;

    /// Why nothing can be started; null when it can.
    public volatile @Nullable String missing;

    public final AtomicInteger restarts = new AtomicInteger();

    /// A host with this harness alone, and a log for the model `m/logged`.
    public ReplicaHost host(DeviceView devices) {
        return new ReplicaHost(
                new ReplicaHost.Context(
                        "node",
                        64,
                        () -> {},
                        model -> model.equals("m/logged") ? "last words" : "",
                        devices,
                        new SystemTime(),
                        Fixture.WAITS),
                new HarnessSet(List.of(this)));
    }

    private volatile String ending = "it ended";
    private volatile @Nullable FakeEngine newest;

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public @Nullable String unavailable() {
        return missing;
    }

    @Override
    public @Nullable Limits limits() {
        return limits;
    }

    @Override
    public boolean direct() {
        return direct;
    }

    @Override
    public boolean shared() {
        return shared;
    }

    @Override
    public boolean restartable() {
        return restartable;
    }

    @Override
    public @Nullable String restart(Set<String> gone) {
        restarts.incrementAndGet();
        return null;
    }

    @Override
    public Engine start(Launch launch) {
        FakeEngine engine = new FakeEngine(launch.request().modelId());
        newest = engine;
        return engine;
    }

    /// The newest engine's process ends by itself, in this way.
    public void die(String how) {
        ending = how;
        FakeEngine engine = newest;
        if (engine != null) {
            engine.gone.countDown();
        }
    }

    private final class FakeEngine implements Engine {
        private final String model;
        private final CountDownLatch gone = new CountDownLatch(1);
        private volatile boolean left;
        private final long startedAt = new SystemTime().nanos();

        FakeEngine(String model) {
            this.model = model;
        }

        @Override
        public URI url() {
            return url;
        }

        @Override
        public Set<Long> pids() {
            return Set.of(77L);
        }

        @Override
        public @Nullable Integer requests() throws EngineFailedException {
            Integer told = requests;
            if (told != null && told < 0) {
                throw new EngineFailedException("it hangs");
            }
            return told;
        }

        @Override
        public Life life() {
            asked.incrementAndGet();
            return life;
        }

        @Override
        public Readiness.Progress progress() {
            return new Readiness.Progress(0.25, startedAt);
        }

        @Override
        public Facts awaitReady() throws EngineFailedException, InterruptedException {
            ready.await();
            if (model.contains("broken")) {
                throw new EngineFailedException("CUDA error: out of memory");
            }
            return new Facts("as-" + model, 4, 2048, EngineTraits.UNKNOWN);
        }

        @Override
        public @Nullable EngineEnd awaitGone() throws InterruptedException {
            gone.await();
            String how = ending;
            return how == null ? null : new EngineEnd(how);
        }

        @Override
        public void leave() throws InterruptedException {
            left = shared;
            gone.countDown();
            stop();
        }

        @Override
        public void stop() throws InterruptedException {
            if (left) {
                return;
            }
            onStop.run();
            stoppable.await();
            gone.countDown();
        }

        @Override
        public void release() {}
    }
}

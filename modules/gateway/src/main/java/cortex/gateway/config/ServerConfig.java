package cortex.gateway.config;

import cortex.core.config.HostPort;
import cortex.core.config.Section;
import cortex.core.config.ValueTypes;
import cortex.relay.connection.ClientLimits;

/// Where the API and the metrics are served, what clients may do to the server, and who may use it.
public record ServerConfig(
        HostPort listen, HostPort metricsListen, ClientLimits clients, AccessConfig access) {
    /// Reads both addresses and what belongs to them from `[gateway]`.
    static ServerConfig read(Section gateway) {
        HostPort listen =
                gateway.read(
                                "listen",
                                ValueTypes.HOST_PORT,
                                "Where the API is served. Port 0: any free one.")
                        .or(new HostPort("0.0.0.0", 8000));
        HostPort metrics =
                gateway.read(
                                "metrics_listen",
                                ValueTypes.HOST_PORT,
                                "Where Prometheus reads the metrics. Port 0: any free one.")
                        .or(new HostPort("0.0.0.0", 9100));
        if (listen.port() != 0 && listen.port() == metrics.port()) {
            String key = gateway.has("metrics_listen") ? "metrics_listen" : "listen";
            gateway.problem(
                    key,
                    "listen and metrics_listen are both on port "
                            + listen.port()
                            + "; give each a port of its own.");
        }
        return new ServerConfig(
                listen, metrics, ClientLimits.read(gateway), AccessConfig.read(gateway));
    }
}

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
                                "The address of the API. Port 0: any free port.")
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
                    "listen and metrics_listen both use port "
                            + listen.port()
                            + ". Use two different ports.");
        }
        return new ServerConfig(
                listen, metrics, ClientLimits.read(gateway), AccessConfig.read(gateway));
    }
}

package cortex.relay.http;

import cortex.core.config.HostPort;
import io.helidon.webserver.WebServer;

/// A server that listens. Closing it is the graceful stop.
public final class RunningServer implements AutoCloseable {
    private final WebServer server;
    private final SlowClients slow;
    private final HostPort address;

    RunningServer(WebServer server, SlowClients slow, HostPort address) {
        this.server = server;
        this.slow = slow;
        this.address = address;
    }

    /// Where it really listens: the port is never 0.
    public HostPort address() {
        return address;
    }

    /// Stops listening at once, lets running requests end within the drain grace, then cuts them.
    /// Returns when that is done; stopping again does nothing.
    @Override
    public void close() {
        server.stop();
        slow.close();
    }
}

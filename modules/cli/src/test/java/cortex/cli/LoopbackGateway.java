package cortex.cli;

import cortex.core.config.HostPort;
import cortex.core.time.SystemTime;
import cortex.relay.http.ErrorBody;
import cortex.relay.http.HttpServers;
import cortex.relay.http.RunningServer;
import cortex.relay.http.ServerSettings;
import io.helidon.webserver.http.HttpRouting;
import java.util.function.Consumer;

/// A server in a gateway's place, for commands to talk to.
public final class LoopbackGateway {
    private LoopbackGateway() {}

    /// One that has these routes, on a free port.
    public static RunningServer with(Consumer<HttpRouting.Builder> routes) {
        return HttpServers.start(
                ServerSettings.of(new HostPort("127.0.0.1", 0)),
                ErrorBody.openAi(),
                new SystemTime(),
                routes);
    }
}

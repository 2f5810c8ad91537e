package cortex.relay.pump;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/// Makes HTTP clients for engines and neurons, with the settings that were measured. One client for
/// each node: each has a selector thread of its own, and closing it drops that node's connections.
public final class EngineClients {
    private static final Executor STEPS =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("engine-client").factory());

    static {
        // An operator's own value wins. Engines close idle connections after 5 s; ours go first.
        preset("jdk.httpclient.keepalive.timeout", "4");
        // A cancelled connection whose reading had paused (a slow client) is really closed only
        // when the client's selector wakes up: by default after 3 s, at least after 1 s.
        preset("jdk.internal.httpclient.selectorTimeout", "1000");
    }

    private static void preset(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    private EngineClients() {}

    /// A client that connects within `connectTimeout`, speaks HTTP/1.1 and follows no redirects.
    ///
    /// What it has to do between two reads runs on virtual threads: on the selector's own thread it
    /// costs a little less, but one step that blocks would stop every stream of the node.
    public static HttpClient create(Duration connectTimeout) {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(connectTimeout)
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(STEPS)
                .build();
    }
}

package cortex.relay.pump;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.Executors;

/// Makes HTTP clients for engines and neurons, with the settings that were measured. One client for
/// each node: each has a selector thread of its own, and closing it drops that node's connections.
public final class EngineClients {
    static {
        // Engines close idle connections after 5 s; ours must go first. An operator's own value
        // wins.
        if (System.getProperty("jdk.httpclient.keepalive.timeout") == null) {
            System.setProperty("jdk.httpclient.keepalive.timeout", "4");
        }
    }

    private EngineClients() {}

    /// A client that connects within `connectTimeout`, speaks HTTP/1.1 and follows no redirects.
    public static HttpClient create(Duration connectTimeout) {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(connectTimeout)
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(
                        Executors.newThreadPerTaskExecutor(
                                Thread.ofVirtual().name("engine-http").factory()))
                .build();
    }
}

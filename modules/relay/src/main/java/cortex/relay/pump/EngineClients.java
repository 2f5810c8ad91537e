package cortex.relay.pump;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// Makes HTTP clients for engines and neurons, with the settings that were measured. One client for
/// each node: each has a selector thread of its own, and closing it drops that node's connections.
///
/// What a client has to do between two reads runs on its selector's thread, which saves waking
/// another one for each chunk. Nothing there may block, or every stream of the node would stop: of
/// ours there is only {@link BodyIntake} and the upload's publisher, and neither waits for anybody.
public final class EngineClients {
    private static final System.Logger LOG = System.getLogger(EngineClients.class.getName());

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
    public static HttpClient create(Duration connectTimeout) {
        return create(connectTimeout, null);
    }

    /// The same, which by https believes and shows what `tls` says; with null what Java has.
    public static HttpClient create(Duration connectTimeout, @Nullable SSLContext tls) {
        HttpClient.Builder builder = HttpClient.newBuilder();
        if (tls != null) {
            builder.sslContext(tls);
        }
        return builder.version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(connectTimeout)
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(EngineClients::runHere)
                .build();
    }

    /// A body to send, as often as it takes. Its bytes are not changed meanwhile. Unlike the JDK's
    /// publisher of one array it does not copy all of it at once, and unlike that of several it
    /// tells the length.
    public static HttpRequest.BodyPublisher body(byte[] bytes) {
        return bytes.length == 0
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.fromPublisher(
                        HttpRequest.BodyPublishers.ofByteArrays(List.of(bytes)), bytes.length);
    }

    /// A step that fails must not end the selector's thread, and with it every stream.
    private static void runHere(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, "a step of the HTTP client failed", e);
        }
    }
}

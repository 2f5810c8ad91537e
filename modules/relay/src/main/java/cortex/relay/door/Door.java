package cortex.relay.door;

import cortex.core.time.Time;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;

/// Relays one request to one engine: method, query, headers and body as they are, less what belongs
/// to one hop and less the caller's credentials; the answer likewise, held back until its first
/// byte.
public final class Door {
    private final Time time;
    private final Duration idle;

    /// A door that gives up on an engine which is silent for longer than `idle`.
    public Door(Time time, Duration idle) {
        this.time = time;
        this.idle = idle;
    }

    /// Relays the request, with its own query, to the target. Returns when the answer is complete.
    ///
    /// @throws cortex.core.failure.FailureException EngineGone, EngineSilent or TooLarge, as long
    ///   as nothing was sent to the client
    /// @throws io.helidon.webserver.CloseConnectionException when the engine broke off in the
    ///   middle or the client has left: the connection ends without a clean end
    public void relay(
            ServerRequest request, ServerResponse response, HttpClient client, Target target) {
        if (time.nanos() != 0) {
            throw new UnsupportedOperationException("not yet: " + idle + target);
        }
    }

    /// Where a request goes.
    ///
    /// @param base the engine's base URL, no slash at the end
    /// @param path the path at the engine, with its leading slash, still percent-encoded
    /// @param model what failures call the engine
    public record Target(URI base, String path, String model) {}
}

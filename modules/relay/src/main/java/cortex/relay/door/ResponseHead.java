package cortex.relay.door;

import cortex.relay.pump.EngineBody;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerResponse;
import java.net.http.HttpResponse;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Puts an engine's status and headers on a client's response, when it is time to. A length that
/// the engine named is kept, so that a large body is not chunked on the way.
final class ResponseHead implements Runnable {
    private final ServerResponse response;
    private @Nullable HttpResponse<EngineBody> reply;

    ResponseHead(ServerResponse response) {
        this.response = response;
    }

    void of(HttpResponse<EngineBody> answered) {
        reply = answered;
    }

    /// Whether the engine answered with an event stream.
    boolean isEventStream() {
        HttpResponse<EngineBody> answered = reply;
        return answered != null
                && answered.headers()
                        .firstValue("content-type")
                        .filter(type -> type.startsWith("text/event-stream"))
                        .isPresent();
    }

    @Override
    public void run() {
        HttpResponse<EngineBody> answered = reply;
        if (answered == null) {
            throw new IllegalStateException("no answer yet");
        }
        response.status(answered.statusCode());
        Forwarding.response(answered.headers(), response);
        OptionalLong length = answered.headers().firstValueAsLong("content-length");
        if (length.isPresent()) {
            response.header(HeaderNames.CONTENT_LENGTH, Long.toString(length.getAsLong()));
        }
    }
}

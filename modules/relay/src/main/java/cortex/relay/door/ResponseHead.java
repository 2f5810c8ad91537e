package cortex.relay.door;

import cortex.relay.pump.EngineAnswer;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerResponse;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Puts an engine's status and headers on a client's response, when it is time to. A length that
/// the engine named is kept, so that a large body is not chunked on the way.
final class ResponseHead implements Runnable {
    private final ServerResponse response;
    private @Nullable EngineAnswer reply;

    ResponseHead(ServerResponse response) {
        this.response = response;
    }

    void of(EngineAnswer answered) {
        reply = answered;
    }

    /// Whether the engine answered with an event stream.
    boolean isEventStream() {
        EngineAnswer answered = reply;
        return answered != null && answered.isEventStream();
    }

    @Override
    public void run() {
        EngineAnswer answered = reply;
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

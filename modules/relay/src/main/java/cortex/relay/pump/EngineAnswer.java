package cortex.relay.pump;

import java.net.http.HttpHeaders;

/// An engine's response: its head, and its body as it comes.
public record EngineAnswer(int statusCode, HttpHeaders headers, EngineBody body) {
    /// Whether it is an event stream, which is read as it comes.
    public boolean isEventStream() {
        return isEventStream(headers);
    }

    static boolean isEventStream(HttpHeaders headers) {
        String type = headers.firstValue("content-type").orElse("");
        return type.regionMatches(true, 0, "text/event-stream", 0, "text/event-stream".length());
    }
}

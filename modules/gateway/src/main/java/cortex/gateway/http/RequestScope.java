package cortex.gateway.http;

import cortex.relay.http.RequestIds;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/// One request on its way through the gateway: what came, what is to be answered, and the id under
/// which both appear. `acceptedAt` is in monotonic nanoseconds.
public record RequestScope(
        ServerRequest request, ServerResponse response, String id, long acceptedAt) {
    static final HeaderName REQUEST_ID = HeaderNames.create("request-id");

    private static final HeaderName ANTHROPIC_VERSION = HeaderNames.create("anthropic-version");

    /// Begins the handling of a request. The server has put its id on the response as
    /// `x-request-id`; some SDKs look for `request-id`, and browsers for what `cors` says.
    public static RequestScope open(
            ServerRequest request, ServerResponse response, Cors cors, long acceptedAt) {
        String id = RequestIds.current();
        response.header(REQUEST_ID, id);
        cors.onto(request.path().rawPath(), request.headers(), response.headers());
        return new RequestScope(request, response, id, acceptedAt);
    }

    /// The method in capitals.
    public String method() {
        return request.prologue().method().text();
    }

    /// Whether the client speaks Anthropic's API: by the header all its libraries send, or by path.
    public boolean speaksAnthropic() {
        return speaksAnthropic(rawPath(), request.headers());
    }

    static boolean speaksAnthropic(String path, Headers headers) {
        return headers.contains(ANTHROPIC_VERSION)
                || path.contains("/messages")
                || path.startsWith("/anthropic/");
    }

    /// The path as it was sent, without the query, still percent-encoded.
    public String rawPath() {
        return request.path().rawPath();
    }
}

package cortex.gateway.http;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.node.Json;
import cortex.relay.http.ClientNetwork;
import cortex.relay.http.RequestIds;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// One request on its way through the gateway: what came, what is to be answered, and the id under
/// which both appear. `route` is where its path leads. `acceptedAt` is in monotonic nanoseconds.
/// `client` is who asks: the short name of a key or the client's address, of IPv6 its network;
/// never a key.
public record RequestScope(
        ServerRequest request,
        ServerResponse response,
        Route route,
        String id,
        long acceptedAt,
        String client) {
    static final HeaderName REQUEST_ID = HeaderNames.create("request-id");

    private static final HeaderName ANTHROPIC_VERSION = HeaderNames.create("anthropic-version");

    /// Begins the handling of a request. The server has put its id on the response as
    /// `x-request-id`; some SDKs look for `request-id`, and browsers for what CORS says.
    static RequestScope open(
            ServerRequest request,
            ServerResponse response,
            ApiHandler.Access access,
            long acceptedAt) {
        String id = RequestIds.current();
        response.header(REQUEST_ID, id);
        Route route = Route.of(request.path().rawPath());
        access.cors().onto(route, request.headers(), response.headers());
        String client = "unknown";
        if (request.remotePeer().address() instanceof InetSocketAddress peer
                && peer.getAddress() != null) {
            client =
                    ClientNetwork.of(access.proxies().client(peer.getAddress(), request.headers()));
        }
        return new RequestScope(request, response, route, id, acceptedAt, client);
    }

    /// The same request, by the client whose key has this short name; "" is none.
    RequestScope by(String keyName) {
        return keyName.isEmpty()
                ? this
                : new RequestScope(request, response, route, id, acceptedAt, keyName);
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

    /// Lets only these methods pass.
    ///
    /// @throws FailureException with a {@link Failure.MethodNotAllowed}
    public void allow(List<String> methods) {
        if (!methods.contains(method())) {
            throw new FailureException(new Failure.MethodNotAllowed(method(), rawPath(), methods));
        }
    }

    /// Answers with `body` as JSON and a line break; a `HEAD` with the headers alone.
    public void sendJson(Object body) {
        response.header(HeaderValues.CONTENT_TYPE_JSON);
        send(Json.MAPPER.writeValueAsString(body) + "\n");
    }

    /// Answers with a text; a `HEAD` with the headers alone.
    void send(String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        if (method().equals("HEAD")) {
            response.headers().contentLength(bytes.length);
            response.send();
        } else {
            response.send(bytes);
        }
    }
}

package cortex.gateway.proxy;

import cortex.gateway.fleet.ReplicaRef;
import io.helidon.http.ServerRequestHeaders;
import java.net.URI;
import java.net.http.HttpRequest;

/// What an engine is sent: the client's body with the name the engine answers to, and of the
/// client's headers only its trace's ({@link TraceContext}). Keys, cookies and everything unknown
/// stay here: some engines change their behaviour by headers (llama-server's `X-Conversation-Id`
/// makes it go on after the client has left).
public final class EngineRequest {
    private static final String AGENT = "cortex";

    private final ServerRequestHeaders headers;
    private final Payload payload;
    private final String path;
    private final String requestId;

    /// A client's request: headers, body, and the path below `/v1`.
    public EngineRequest(
            ServerRequestHeaders headers, Payload payload, String path, String requestId) {
        this.headers = headers;
        this.payload = payload;
        this.path = path;
        this.requestId = requestId;
    }

    /// The request as `replica` is to get it.
    public HttpRequest to(ReplicaRef replica) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(replica.endpoint() + "/v1" + path))
                        .header("user-agent", AGENT)
                        .header("content-type", payload.contentType())
                        .header("x-request-id", requestId);
        TraceContext.forward(headers, request);
        return request.POST(payload.with(replica.engineModel())).build();
    }
}

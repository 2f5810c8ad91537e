package cortex.gateway.proxy;

import cortex.core.dialect.RequestScan;
import cortex.gateway.fleet.ReplicaRef;
import cortex.relay.pump.EngineClients;
import io.helidon.http.ServerRequestHeaders;
import java.net.URI;
import java.net.http.HttpRequest;

/// What an engine is sent: the client's body with the name the engine answers to, and of the
/// client's headers only its trace's ({@link TraceContext}). Keys, cookies and everything unknown
/// stay here: some engines change their behaviour by headers (llama-server's `X-Conversation-Id`
/// makes it go on after the client has left). The body was read as JSON, so it is called that,
/// whatever the client called it: mistral.rs takes nothing else.
public final class EngineRequest {
    private static final String AGENT = "cortex";

    private final ServerRequestHeaders headers;
    private final byte[] body;
    private final RequestScan scan;
    private final String path;
    private final String requestId;

    /// A client's request: headers, body (not copied, not changed), what the body asks for, and the
    /// path below `/v1`.
    public EngineRequest(
            ServerRequestHeaders headers,
            byte[] body,
            RequestScan scan,
            String path,
            String requestId) {
        this.headers = headers;
        this.body = body;
        this.scan = scan;
        this.path = path;
        this.requestId = requestId;
    }

    /// The request as `replica` is to get it.
    public HttpRequest to(ReplicaRef replica) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(replica.endpoint() + "/v1" + path))
                        .header("user-agent", AGENT)
                        .header("content-type", "application/json")
                        .header("x-request-id", requestId);
        TraceContext.forward(headers, request);
        byte[] sent = scan.withModel(body, replica.engineModel());
        return request.POST(EngineClients.body(sent)).build();
    }
}

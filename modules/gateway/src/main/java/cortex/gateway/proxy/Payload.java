package cortex.gateway.proxy;

import cortex.core.dialect.RequestScan;
import cortex.relay.pump.EngineClients;
import java.net.http.HttpRequest.BodyPublisher;

/// The body of what an engine is sent.
public interface Payload {
    /// What it is called: the client may have called it otherwise.
    String contentType();

    /// The body with the name that the engine answers to.
    BodyPublisher with(String engineModel);

    /// JSON, which asks for what `scan` says. It is not copied, not changed.
    static Payload json(byte[] body, RequestScan scan) {
        return new Payload() {
            // mistral.rs takes nothing else.
            @Override
            public String contentType() {
                return "application/json";
            }

            @Override
            public BodyPublisher with(String engineModel) {
                return EngineClients.body(scan.modelName().replaced(body, engineModel));
            }
        };
    }
}

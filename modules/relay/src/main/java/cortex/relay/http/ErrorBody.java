package cortex.relay.http;

import cortex.core.failure.Failure;

/// Renders a failure that the server met before any route did (or that a program wants in the same
/// shape) as the bytes of a JSON body.
@FunctionalInterface
public interface ErrorBody {
    /// The body for `failure`; never fails, names nothing of the machine.
    byte[] render(Failure failure, String requestId);

    /// The OpenAI envelope `{"error":{"message","type","param","code"}}`.
    static ErrorBody openAi() {
        return OpenAiErrorBody::render;
    }
}

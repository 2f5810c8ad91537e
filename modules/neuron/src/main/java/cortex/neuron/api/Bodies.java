package cortex.neuron.api;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.node.Json;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Reads the bodies of control requests.
final class Bodies {
    /// More than any catalogue entry needs, and little enough to hold.
    static final int LIMIT = 1 << 20;

    private Bodies() {}

    /// The request's body as a JSON object.
    ///
    /// @throws FailureException `BadRequest` when it is not one, `TooLarge` beyond {@link #LIMIT}
    static Fields control(ServerRequest request) {
        return object(bytes(request));
    }

    /// The same where a body may be left out.
    static Fields optional(ServerRequest request) {
        byte[] bytes = bytes(request);
        return object(bytes.length == 0 ? new byte[] {'{', '}'} : bytes);
    }

    static Fields object(byte[] bytes) {
        JsonNode body;
        try {
            body = Json.MAPPER.readTree(bytes);
        } catch (JacksonException e) {
            throw new FailureException(
                    new Failure.BadRequest("The body is not JSON: " + where(e), null), e);
        }
        if (!body.isObject()) {
            throw new FailureException(
                    new Failure.BadRequest(
                            "The body must be a JSON object such as {\"model_id\": \"…\"}.", null));
        }
        return new Fields(body, "");
    }

    private static byte[] bytes(ServerRequest request) {
        if (request.headers().contains(HeaderNames.CONTENT_ENCODING)) {
            throw new FailureException(
                    new Failure.BadRequest(
                            "Control requests are taken plain; send it without Content-Encoding.",
                            null));
        }
        try (InputStream in = request.content().inputStream()) {
            byte[] bytes = in.readNBytes(LIMIT + 1);
            if (bytes.length > LIMIT) {
                throw new FailureException(new Failure.TooLarge(LIMIT));
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException("reading a request's body", e);
        }
    }

    /// What is wrong and where, without a piece of the body itself.
    private static String where(JacksonException e) {
        var at = e.getLocation();
        return at == null || at.getLineNr() < 1
                ? "it cannot be parsed."
                : "it goes wrong at line " + at.getLineNr() + ", column " + at.getColumnNr() + ".";
    }
}

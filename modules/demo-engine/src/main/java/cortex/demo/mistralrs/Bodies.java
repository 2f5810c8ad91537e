package cortex.demo.mistralrs;

import cortex.demo.http.Request;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads request bodies.
final class Bodies {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Bodies() {}

    /// The body's tree, an object with `field` in it.
    ///
    /// @throws Rejection 415 without a JSON content type, 400 when it is not JSON, 422 when it is
    ///   not the JSON wanted
    static JsonNode read(Request request, String field) throws Rejection {
        String type = request.header("content-type");
        if (type == null || !type.startsWith("application/json")) {
            throw new Rejection(415, "Expected request with `Content-Type: application/json`");
        }
        JsonNode body;
        try {
            body = JSON.readTree(request.body());
        } catch (JacksonException e) {
            throw new Rejection(400, "Failed to parse the request body as JSON");
        }
        if (!body.has(field)) {
            throw new Rejection(
                    422,
                    "Failed to deserialize the JSON body into the target type: missing field `"
                            + field
                            + "`");
        }
        return body;
    }
}

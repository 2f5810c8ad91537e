package cortex.demo.mistralrs;

import cortex.demo.http.Request;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads request bodies, failing as axum's JSON extractor fails: in plain text.
final class Bodies {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    private Bodies() {}

    /// The body's tree, an object with `field` in it.
    ///
    /// @throws Rejection 415 without a JSON content type, 400 when it is not JSON, 422 when it is
    ///   not the JSON wanted
    static JsonNode read(Request request, String field) throws Rejection {
        String type = request.header("content-type");
        if (type == null || !type.startsWith("application/json")) {
            throw Rejection.plain(415, "Expected request with `Content-Type: application/json`");
        }
        JsonNode body;
        try {
            body = JSON.readTree(request.body());
        } catch (JacksonException e) {
            throw Rejection.plain(
                    400,
                    "Failed to parse the request body as JSON: "
                            + e.getOriginalMessage().lines().findFirst().orElse(""));
        }
        if (body.isMissingNode()) {
            throw Rejection.plain(
                    400,
                    "Failed to parse the request body as JSON: EOF while parsing a value at line 1"
                            + " column 0");
        }
        if (!body.has(field)) {
            throw wrong("missing field `" + field + "`");
        }
        check(body);
        return body;
    }

    private static void check(JsonNode body) throws Rejection {
        JsonNode messages = body.path("messages");
        if (!messages.isMissingNode() && !messages.isArray() && !messages.isString()) {
            throw wrong("messages: invalid type");
        }
        for (JsonNode message : messages) {
            if (!message.path("role").isString()) {
                throw wrong("messages: missing field `role`");
            }
        }
        if (body.has("model_id") && !body.path("model_id").isString()) {
            throw wrong("model_id: invalid type, expected a string");
        }
        for (String number : new String[] {"max_tokens", "temperature", "n"}) {
            JsonNode value = body.path(number);
            if (!value.isMissingNode() && !value.isNull() && !value.isNumber()) {
                throw wrong(number + ": invalid type");
            }
        }
    }

    private static Rejection wrong(String what) {
        return Rejection.plain(
                422, "Failed to deserialize the JSON body into the target type: " + what);
    }
}

package cortex.demo.llama;

import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads and checks request bodies, failing in llama-server's words.
final class Bodies {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    private Bodies() {}

    /// The body's tree.
    ///
    /// @throws LlamaErrorException 500 when it is not JSON, as llama-server answers
    static JsonNode read(byte[] body) throws LlamaErrorException {
        if (body.length == 0) {
            throw LlamaErrorException.server(
                    500,
                    "[json.exception.parse_error.101] parse error at line 1, column 1: attempting"
                            + " to parse an empty input; check that your input string or stream"
                            + " contains the expected JSON");
        }
        try {
            return JSON.readTree(body);
        } catch (JacksonException e) {
            TokenStreamLocation at = e.getLocation();
            throw LlamaErrorException.server(
                    500,
                    ("[json.exception.parse_error.101] parse error at line %d, column %d: "
                                    + "syntax error while parsing value")
                            .formatted(
                                    at == null ? 1 : at.getLineNr(),
                                    at == null ? 1 : at.getColumnNr()));
        }
    }

    /// Checks a chat completion's messages and tools; `vision` says whether images are understood.
    static void checkChat(JsonNode body, boolean vision) throws LlamaErrorException {
        if (!body.isObject() || !body.has("messages")) {
            throw LlamaErrorException.invalid("'messages' is required");
        }
        if (!body.path("messages").isArray()) {
            throw LlamaErrorException.invalid("Expected 'messages' to be an array");
        }
        for (JsonNode message : body.path("messages")) {
            checkMessage(message, vision);
        }
        for (JsonNode tool : body.path("tools")) {
            if (!tool.has("type")) {
                throw LlamaErrorException.server(
                        500, "Failed to parse tools: Missing tool type: " + tool);
            }
            if (!tool.path("function").has("name")) {
                throw LlamaErrorException.server(
                        500, "Failed to parse tools: Missing tool function: " + tool);
            }
        }
    }

    /// How many answers a request asks for, each of which takes one of `slots`.
    static int answers(JsonNode body, int slots) throws LlamaErrorException {
        JsonNode own = body.path("n_cmpl");
        int n = (own.isMissingNode() ? body.path("n") : own).asInt(1);
        if (n < 1 || n > slots) {
            throw LlamaErrorException.invalid(
                    "Field 'n': Value must be between 1 <= value <= " + slots + ", but got " + n);
        }
        return n;
    }

    private static void checkMessage(JsonNode message, boolean vision) throws LlamaErrorException {
        if (!message.has("role")) {
            throw LlamaErrorException.server(
                    500, "Failed to parse messages: Missing 'role' in message: " + message);
        }
        JsonNode content = message.path("content");
        boolean assistant = message.path("role").asString("").equals("assistant");
        if (content.isMissingNode() && !assistant) {
            throw LlamaErrorException.invalid("All non-assistant messages must contain 'content'");
        }
        for (JsonNode part : content) {
            String type = part.path("type").asString("");
            if (type.equals("image_url") && !vision) {
                throw LlamaErrorException.server(
                        500, "image input is not supported: start it with `--mmproj`");
            }
            if (!type.equals("text") && !type.equals("image_url")) {
                throw LlamaErrorException.invalid("unsupported content[].type");
            }
        }
    }
}

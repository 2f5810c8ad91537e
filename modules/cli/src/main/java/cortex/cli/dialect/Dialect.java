package cortex.cli.dialect;

import java.io.IOException;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// One public API: how it is asked, and how strictly its answers are read.
public sealed interface Dialect permits Chat, Completions, Messages, Responses {
    /// All of them, chat first.
    static List<Dialect> all() {
        return List.of(new Chat(), new Completions(), new Messages(), new Responses());
    }

    /// What it is called here.
    String name();

    /// Where it is.
    String path();

    /// The body of a request.
    JsonNode body(Prompt prompt);

    /// Reads a whole answer.
    void whole(JsonNode answer, Reading reading);

    /// Reads a streamed answer to its end.
    ///
    /// @throws IOException when the body breaks off
    void stream(Events events, Reading reading) throws IOException;

    /// Whether tools can be called.
    default boolean tools() {
        return true;
    }

    /// What is wrong with an error's body; empty when it is the dialect's envelope.
    default String error(JsonNode body) {
        JsonNode error = body.path("error");
        if (!error.isObject()) {
            return "there is no error object";
        }
        if (error.path("message").asString("").isBlank()) {
            return "error.message is no sentence";
        }
        return error.path("type").isString() ? "" : "error.type is no string";
    }

    /// Whether an error says that the prompt is too long in the way that makes clients compact.
    default boolean overflow(JsonNode body) {
        return body.path("error").path("code").asString("").equals("context_length_exceeded");
    }
}

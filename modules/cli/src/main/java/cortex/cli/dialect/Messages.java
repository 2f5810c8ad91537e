package cortex.cli.dialect;

import cortex.cli.dialect.ReadAnswer.Call;
import cortex.cli.dialect.ReadAnswer.Stop;
import cortex.cli.dialect.ReadAnswer.Usage;
import java.io.IOException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Anthropic Messages.
record Messages() implements Dialect {
    @Override
    public String name() {
        return "messages";
    }

    @Override
    public String path() {
        return "/v1/messages";
    }

    @Override
    public JsonNode body(Prompt prompt) {
        ObjectNode body = prompt.options("max_tokens");
        ArrayNode messages = body.putArray("messages");
        ArrayNode content = messages.addObject().put("role", "user").putArray("content");
        content.addObject().put("type", "text").put("text", prompt.text());
        if (prompt.picture() != null) {
            content.addObject()
                    .put("type", "image")
                    .putObject("source")
                    .put("type", "base64")
                    .put("media_type", "image/png")
                    .put("data", prompt.picture());
        }
        if (prompt.called() != null) {
            results(messages, prompt.called());
        }
        if (!prompt.tools().isEmpty()) {
            ArrayNode tools = body.putArray("tools");
            prompt.tools()
                    .forEach(name -> Prompt.describe(tools.addObject(), name, "input_schema"));
        }
        return body;
    }

    private static void results(ArrayNode messages, ReadAnswer told) {
        ObjectNode assistant = messages.addObject().put("role", "assistant");
        if (told.raw() != null) {
            assistant.set("content", told.raw());
        }
        ArrayNode results = messages.addObject().put("role", "user").putArray("content");
        for (Call call : told.calls()) {
            results.addObject()
                    .put("type", "tool_result")
                    .put("tool_use_id", call.id())
                    .put("content", Prompt.RESULT);
        }
    }

    @Override
    public void whole(JsonNode answer, Reading reading) {
        message(answer, reading);
        JsonNode content = answer.path("content");
        reading.must(content.isArray(), "content is no array");
        for (JsonNode block : content) {
            block(block, reading);
        }
        reading.raw(content);
        stop(answer.path("stop_reason"), reading);
        usage(answer.path("usage"), reading);
    }

    /// What stands in a whole message and in the head of a streamed one alike.
    static void message(JsonNode message, Reading reading) {
        reading.must(message.path("type").asString("").equals("message"), "type is not message");
        reading.must(
                message.path("role").asString("").equals("assistant"), "role is not assistant");
        reading.must(message.path("id").isString(), "id is no string");
        reading.must(message.path("model").isString(), "model is no string");
    }

    /// A complete block.
    static void block(JsonNode block, Reading reading) {
        String type = block.path("type").asString("");
        switch (type) {
            case "text" -> {
                reading.must(block.path("text").isString(), "a text block has no text");
                reading.text(block.path("text").asString(""));
            }
            case "thinking" -> {
                reading.must(block.path("thinking").isString(), "a thinking block has no thinking");
                reading.must(
                        !block.path("signature").asString("").isEmpty(),
                        "a thinking block has no signature");
                reading.thought(block.path("thinking").asString(""));
            }
            case "tool_use" ->
                    reading.call(
                            new Call(
                                    block.path("id").asString(""),
                                    block.path("name").asString(""),
                                    block.path("input").toString()));
            case "redacted_thinking" -> {}
            default -> reading.fault("a block has the type '" + type + "'");
        }
    }

    static void stop(JsonNode reason, Reading reading) {
        Stop stop =
                switch (reason.asString("")) {
                    case "end_turn", "stop_sequence" -> Stop.END;
                    case "max_tokens", "model_context_window_exceeded" -> Stop.LIMIT;
                    case "tool_use" -> Stop.TOOLS;
                    case "refusal" -> Stop.REFUSED;
                    default -> Stop.UNKNOWN;
                };
        reading.must(stop != Stop.UNKNOWN, "stop_reason is " + reason);
        reading.must(
                (stop == Stop.TOOLS) == (reading.hasCalls() && stop != Stop.LIMIT),
                "stop_reason is "
                        + reason
                        + (reading.hasCalls() ? " with" : " without")
                        + " calls");
        reading.stop(stop);
    }

    static void usage(JsonNode usage, Reading reading) {
        reading.must(usage.isObject(), "usage is no object");
        Long input = reading.count(usage, "input_tokens", true);
        Long output = reading.count(usage, "output_tokens", true);
        Long read = reading.count(usage, "cache_read_input_tokens", false);
        Long made = reading.count(usage, "cache_creation_input_tokens", false);
        Long prompt =
                input == null
                        ? null
                        : input + (read == null ? 0 : read) + (made == null ? 0 : made);
        reading.usage(new Usage(prompt, output));
    }

    @Override
    public void stream(Events events, Reading reading) throws IOException {
        new MessagesStream(reading).read(events);
    }

    @Override
    public String error(JsonNode body) {
        if (!body.path("type").asString("").equals("error")) {
            return "type is not error";
        }
        String wrong = Dialect.super.error(body);
        return !wrong.isEmpty() || body.path("request_id").isString()
                ? wrong
                : "request_id is no string";
    }

    @Override
    public boolean overflow(JsonNode body) {
        return body.path("error")
                .path("message")
                .asString("")
                .matches("prompt is too long: \\d+ tokens > \\d+ maximum.*");
    }
}

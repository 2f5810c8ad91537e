package cortex.cli.dialect;

import cortex.cli.dialect.Events.Event;
import cortex.core.node.Json;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads a streamed Anthropic message: one start, blocks one after the other, one delta with stop
/// and usage, one stop. For one thread.
final class MessagesStream {
    private final Reading reading;
    private final ArrayNode content = Json.MAPPER.createArrayNode();
    private final StringBuilder text = new StringBuilder();
    private @Nullable ObjectNode open;
    private boolean started;
    private boolean concluded;
    private boolean stopped;

    MessagesStream(Reading reading) {
        this.reading = reading;
    }

    void read(Events events) throws IOException {
        for (Event event = events.next(); event != null; event = events.next()) {
            JsonNode data = Reading.parse(event.data());
            if (data == null || !data.isObject()) {
                reading.fault("an event is no JSON object: " + Reading.brief(event.data()));
                continue;
            }
            String type = data.path("type").asString("");
            reading.must(
                    event.name().equals(type),
                    "event '%s' has the type '%s'".formatted(event.name(), type));
            event(type, data);
        }
        reading.must(started, "there is no message_start");
        reading.must(open == null, "a block is not closed");
        reading.must(concluded, "there is no message_delta with a stop_reason");
        reading.must(stopped, "the stream does not end with message_stop");
        reading.raw(content);
    }

    private void event(String type, JsonNode data) {
        reading.must(!stopped || type.equals("ping"), "there is an event after message_stop");
        reading.must(
                started || type.matches("message_start|ping|error"),
                "the first event is " + type + ", not message_start");
        switch (type) {
            case "ping" -> reading.sign();
            case "message_start" -> start(data.path("message"));
            case "content_block_start" -> open(data);
            case "content_block_delta" -> delta(data);
            case "content_block_stop" -> close(data);
            case "message_delta" -> conclude(data);
            case "message_stop" -> {
                reading.must(concluded, "message_stop comes before message_delta");
                stopped = true;
            }
            case "error" -> {
                String said = data.path("error").path("message").asString("");
                reading.fault("the answer ended with an error: " + said);
            }
            default -> reading.fault("there is an event '" + type + "'");
        }
    }

    private void start(JsonNode message) {
        reading.must(!started, "there are two message_starts");
        started = true;
        Messages.message(message, reading);
        reading.must(
                message.path("content").isArray() && message.path("content").isEmpty(),
                "the message does not start with empty content");
        reading.count(message.path("usage"), "input_tokens", true);
        reading.count(message.path("usage"), "output_tokens", true);
    }

    private void open(JsonNode data) {
        reading.must(open == null, "blocks overlap");
        reading.must(!concluded, "a block begins after message_delta");
        reading.must(
                data.path("index").asInt(-1) == content.size(),
                "the blocks' indexes are not 0, 1, 2 …");
        JsonNode block = data.path("content_block");
        if (block instanceof ObjectNode object) {
            boolean empty =
                    switch (object.path("type").asString("")) {
                        case "text" -> object.path("text").asString("?").isEmpty();
                        case "thinking" -> object.path("thinking").asString("?").isEmpty();
                        case "tool_use" ->
                                object.path("input").isObject() && object.path("input").isEmpty();
                        default -> true;
                    };
            reading.must(empty, "a block does not start empty, which clients throw away");
            open = object.deepCopy();
            content.add(open);
            text.setLength(0);
        } else {
            reading.fault("content_block_start has no block");
        }
    }

    private void delta(JsonNode data) {
        ObjectNode block = open;
        if (block == null || data.path("index").asInt(-1) != content.size() - 1) {
            reading.fault("a delta is for a block that is not open");
            return;
        }
        JsonNode delta = data.path("delta");
        String type = block.path("type").asString("") + " " + delta.path("type").asString("");
        switch (type) {
            case "text text_delta" -> text.append(delta.path("text").asString(""));
            case "thinking thinking_delta" -> text.append(delta.path("thinking").asString(""));
            case "thinking signature_delta" ->
                    block.put("signature", delta.path("signature").asString(""));
            case "tool_use input_json_delta" -> {
                reading.must(delta.path("partial_json").isString(), "partial_json is no string");
                text.append(delta.path("partial_json").asString(""));
            }
            default -> reading.fault("a block of one type has a delta of another: " + type);
        }
    }

    private void close(JsonNode data) {
        ObjectNode block = open;
        if (block == null || data.path("index").asInt(-1) != content.size() - 1) {
            reading.fault("content_block_stop is for a block that is not open");
            return;
        }
        switch (block.path("type").asString("")) {
            case "text" -> block.put("text", text.toString());
            case "thinking" -> block.put("thinking", text.toString());
            case "tool_use" -> {
                JsonNode input = Reading.parse(text.isEmpty() ? "{}" : text.toString());
                if (input == null) {
                    reading.fault(
                            "the input of a tool call is no JSON: "
                                    + Reading.brief(text.toString()));
                } else {
                    block.set("input", input);
                }
            }
            default -> {}
        }
        open = null;
        Messages.block(block, reading);
    }

    private void conclude(JsonNode data) {
        reading.must(!concluded, "there are two message_deltas");
        reading.must(open == null, "message_delta comes before the last block's end");
        concluded = true;
        Messages.stop(data.path("delta").path("stop_reason"), reading);
        Messages.usage(data.path("usage"), reading);
    }
}

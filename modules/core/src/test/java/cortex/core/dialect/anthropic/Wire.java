package cortex.core.dialect.anthropic;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.chat.ChatJson;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Reads Anthropic's event stream strictly and tells it in short lines, as the golden cases do.
/// Checks on the way what every client relies on: framing, names, order, one block open at a time.
final class Wire {
    private final List<String> told = new ArrayList<>();
    private int next;
    private int open = -1;
    private boolean started;
    private boolean ended;
    private boolean delta;

    private Wire() {}

    static List<String> tell(String stream) {
        Wire wire = new Wire();
        if (!stream.isEmpty()) {
            assertThat(stream).endsWith("\n\n");
            for (String event : stream.substring(0, stream.length() - 2).split("\n\n", -1)) {
                String[] lines = event.split("\n", -1);
                assertThat(lines).hasSize(2);
                assertThat(lines[0]).startsWith("event: ");
                assertThat(lines[1]).startsWith("data: ");
                wire.event(lines[0].substring(7), parse(lines[1].substring(6)));
            }
        }
        return wire.told;
    }

    /// Whether a stream came to an end of either kind.
    static boolean terminated(List<String> told) {
        return !told.isEmpty()
                && (told.getLast().equals("stop") || told.getLast().startsWith("error "));
    }

    private static JsonNode parse(String json) {
        JsonNode node = ChatJson.parse(json);
        assertThat(node).as(json).isNotNull();
        return requireNonNull(node);
    }

    private void event(String name, JsonNode data) {
        assertThat(data.path("type").asString()).isEqualTo(name);
        assertThat(ended).as("nothing follows the end").isFalse();
        assertThat(started)
                .as("message_start comes first")
                .isEqualTo(!name.equals("message_start"));
        switch (name) {
            case "message_start" -> start(data.path("message"));
            case "ping" -> told.add("ping");
            case "content_block_start" -> blockStart(data);
            case "content_block_delta" -> blockDelta(data);
            case "content_block_stop" -> blockStop(data);
            case "message_delta" -> messageDelta(data);
            case "message_stop" -> {
                assertThat(delta).isTrue();
                ended = true;
                told.add("stop");
            }
            case "error" -> error(data);
            default -> throw new AssertionError("unknown event " + name);
        }
    }

    private void start(JsonNode message) {
        started = true;
        assertThat(message.path("id").asString()).startsWith("msg_");
        assertThat(message.path("type").asString()).isEqualTo("message");
        assertThat(message.path("role").asString()).isEqualTo("assistant");
        assertThat(message.path("content").isArray()).isTrue();
        assertThat(message.path("model").asString()).isEqualTo("coder");
        assertThat(message.path("usage").path("output_tokens").isNumber()).isTrue();
        told.add(
                "start "
                        + message.path("usage").path("input_tokens").asLong()
                        + "/"
                        + message.path("usage").path("cache_read_input_tokens").asLong());
    }

    private void blockStart(JsonNode data) {
        assertThat(open).as("one block at a time").isEqualTo(-1);
        assertThat(data.path("index").asInt()).isEqualTo(next);
        open = next++;
        JsonNode block = data.path("content_block");
        String type = block.path("type").asString();
        String rest =
                switch (type) {
                    case "text" -> {
                        assertThat(block.path("text").asString()).isEmpty();
                        yield "text";
                    }
                    case "thinking" -> {
                        assertThat(block.path("thinking").asString()).isEmpty();
                        yield "thinking";
                    }
                    case "tool_use" -> {
                        assertThat(block.path("input").isObject()).isTrue();
                        assertThat(block.path("input").isEmpty()).isTrue();
                        yield "tool " + id(block) + " " + block.path("name").asString();
                    }
                    default -> throw new AssertionError("unknown block " + type);
                };
        told.add("+ " + open + " " + rest);
    }

    private static String id(JsonNode block) {
        String id = block.path("id").asString();
        return id.matches("toolu_\\w{24}") ? "toolu_NEW" : id;
    }

    private void blockDelta(JsonNode data) {
        assertThat(data.path("index").asInt()).isEqualTo(open);
        JsonNode body = data.path("delta");
        String type = body.path("type").asString();
        if (type.equals("signature_delta")) {
            assertThat(body.path("signature").asString()).matches("cortex\\.v1\\.\\w{24}");
            told.add("sig " + open);
            return;
        }
        String field =
                switch (type) {
                    case "text_delta" -> "text";
                    case "thinking_delta" -> "thinking";
                    case "input_json_delta" -> "partial_json";
                    default -> throw new AssertionError("unknown delta " + type);
                };
        assertThat(body.path(field).isString()).isTrue();
        told.add("~ " + open + " " + ChatJson.text(body.path(field)));
    }

    private void blockStop(JsonNode data) {
        assertThat(data.path("index").asInt()).isEqualTo(open);
        told.add("- " + open);
        open = -1;
    }

    private void messageDelta(JsonNode data) {
        assertThat(open).isEqualTo(-1);
        assertThat(delta).as("one message_delta").isFalse();
        delta = true;
        JsonNode usage = data.path("usage");
        String line =
                "end "
                        + data.path("delta").path("stop_reason").asString()
                        + " in="
                        + usage.path("input_tokens").asLong()
                        + " cached="
                        + usage.path("cache_read_input_tokens").asLong()
                        + " out="
                        + usage.path("output_tokens").asLong();
        if (usage.has("output_tokens_details")) {
            line += " thinking=" + usage.path("output_tokens_details").path("thinking_tokens");
        }
        assertThat(data.path("delta").path("stop_sequence").isNull()).isTrue();
        boolean refused = data.path("delta").path("stop_details").path("type").isString();
        told.add(refused ? line + " refusal" : line);
    }

    private void error(JsonNode data) {
        assertThat(data.path("request_id").asString()).isEqualTo("req_1");
        ended = true;
        told.add(
                "error "
                        + data.path("error").path("type").asString()
                        + " "
                        + ChatJson.text(data.path("error").path("message")));
    }
}

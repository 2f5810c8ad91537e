package cortex.core.dialect.chat.stream;

import cortex.core.dialect.Usage;
import cortex.core.dialect.UsageReader;
import cortex.core.dialect.chat.ChatJson;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads any chunk, by parsing it. Bytes that are no UTF-8 become replacement characters, as they
/// would at the client.
final class ChunkTree {
    private static final int LONGEST_WORD = 64;

    private final CallKeys keys;
    private final ChatEvents events;
    private final JsonSlice slice = new JsonSlice();

    ChunkTree(CallKeys keys, ChatEvents events) {
        this.keys = keys;
        this.events = events;
    }

    /// Reads one event's data; `error` when the event is named so.
    void read(byte[] bytes, int from, int to, boolean error) {
        byte[] data = Arrays.copyOfRange(bytes, from, to);
        JsonNode chunk = ChatJson.parse(new String(data, StandardCharsets.UTF_8));
        if (error || (chunk != null && saysError(chunk))) {
            events.error(data);
        } else if (chunk == null || !chunk.isObject()) {
            events.malformed("The engine's stream has data that is no JSON object.");
        } else {
            chunk(chunk, data);
        }
    }

    private static boolean saysError(JsonNode chunk) {
        JsonNode error = chunk.path("error");
        return error.isObject() || (error.isString() && !error.asString().isEmpty());
    }

    private void chunk(JsonNode chunk, byte[] data) {
        JsonNode progress = chunk.path("prompt_progress");
        if (progress.isObject()) {
            events.progress(
                    progress.path("total").asLong(0),
                    progress.path("cache").asLong(0),
                    progress.path("processed").asLong(0));
        }
        events.chunk();
        for (JsonNode choice : chunk.path("choices")) {
            if (choice.path("index").asInt(0) == 0) {
                choice(choice);
            }
        }
        boolean last = chunk.path("usage").isObject();
        if (last || chunk.path("timings").isObject()) {
            Usage usage = UsageReader.read(data, 0, data.length).usage();
            events.usage(usage, reasoningTokens(chunk), last);
        }
    }

    private static @Nullable Long reasoningTokens(JsonNode chunk) {
        JsonNode count =
                chunk.path("usage").path("completion_tokens_details").path("reasoning_tokens");
        return count.isIntegralNumber() && count.canConvertToLong() ? count.asLong() : null;
    }

    private void choice(JsonNode choice) {
        JsonNode delta = choice.has("delta") ? choice.path("delta") : choice.path("message");
        String reasoning = ChatJson.stringOrEmpty(delta, "reasoning_content");
        text(reasoning.isEmpty() ? ChatJson.stringOrEmpty(delta, "reasoning") : reasoning, true);
        text(content(delta.path("content")), false);
        text(ChatJson.stringOrEmpty(delta, "refusal"), false);
        for (JsonNode call : delta.path("tool_calls")) {
            toolCall(call);
        }
        String finish = ChatJson.stringOrEmpty(choice, "finish_reason");
        if (!finish.isEmpty()) {
            events.finish(finish.substring(0, Math.min(finish.length(), LONGEST_WORD)));
        }
    }

    private void text(String text, boolean reasoning) {
        if (text.isEmpty()) {
            return;
        }
        slice.set(text);
        if (reasoning) {
            events.reasoning(slice);
        } else {
            events.content(slice);
        }
    }

    private static String content(JsonNode content) {
        if (content.isString()) {
            return content.asString();
        }
        StringBuilder text = new StringBuilder();
        for (JsonNode part : content) {
            text.append(part.isString() ? part.asString() : ChatJson.stringOrEmpty(part, "text"));
        }
        return text.toString();
    }

    private void toolCall(JsonNode call) {
        if (!call.isObject()) {
            return;
        }
        String id = present(call, "id");
        JsonNode function = call.path("function");
        String name = present(function, "name");
        JsonNode arguments = function.path("arguments");
        boolean whole = arguments.isObject() || arguments.isArray();
        slice.set(whole ? ChatJson.text(arguments) : arguments.asString(""));
        int key = keys.keyOf(call.path("index").asInt(-1), id, name != null);
        events.toolCall(key, id, name, slice);
    }

    private static @Nullable String present(JsonNode node, String name) {
        String value = ChatJson.string(node, name);
        return value != null && !value.isEmpty() ? value : null;
    }
}

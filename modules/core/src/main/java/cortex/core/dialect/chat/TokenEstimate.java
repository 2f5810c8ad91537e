package cortex.core.dialect.chat;

import tools.jackson.databind.JsonNode;

/// A guess at a prompt's tokens from its length, for when no tokenizer can be asked: 3.6 bytes a
/// token, a little for each message, and a round number for each image.
public final class TokenEstimate {
    private static final double BYTES_A_TOKEN = 3.6;
    private static final long MESSAGE = 8;
    private static final long IMAGE = 1000;

    private TokenEstimate() {}

    /// The guess for a chat request's body, at least 1.
    public static long of(JsonNode chat) {
        long tokens = 0;
        for (JsonNode message : chat.path("messages")) {
            tokens += MESSAGE + content(message.path("content"));
            tokens += text(ChatJson.stringOrEmpty(message, "reasoning_content"));
            JsonNode calls = message.path("tool_calls");
            if (!calls.isMissingNode()) {
                tokens += text(ChatJson.text(calls));
            }
        }
        JsonNode tools = chat.path("tools");
        if (!tools.isMissingNode()) {
            tokens += text(ChatJson.text(tools));
        }
        return Math.max(1, tokens);
    }

    private static long content(JsonNode content) {
        if (content.isString()) {
            return text(content.asString());
        }
        long tokens = 0;
        for (JsonNode part : content) {
            tokens += part.has("image_url") ? IMAGE : text(ChatJson.stringOrEmpty(part, "text"));
        }
        return tokens;
    }

    private static long text(String text) {
        return (long) Math.ceil(Texts.utf8Length(text) / BYTES_A_TOKEN);
    }
}

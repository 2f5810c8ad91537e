package cortex.core.dialect.openai;

import cortex.core.dialect.Interrupts;
import cortex.core.dialect.JsonText;
import cortex.core.dialect.RequestNotices;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Conversation;
import cortex.core.dialect.chat.Images;
import cortex.core.dialect.chat.Images.Omitted;
import cortex.core.dialect.chat.Images.Shown;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What stands beside text in the turns of a chat request. Engines open whatever address they are
/// given, and some read files and paths: only data goes on. What cannot be used is refused where
/// the user just sent it, and becomes a line of text in history, as in the other dialects.
final class ContentParts {
    private static final String ADDRESS = "its address is not fetched here, send its bytes as data";
    private static final int LONGEST_TYPE = 40;

    private static final Set<String> TEXTS =
            Set.of("text", "refusal", "thinking", "reasoning", "input_text", "output_text");

    /// Fields of parts that hold text.
    private static final Set<String> TEXT_FIELDS =
            Set.of(
                    "type",
                    "text",
                    "refusal",
                    "thinking",
                    "signature",
                    "cache_control",
                    "annotations",
                    "id",
                    "index");

    private static final List<String> BY_ADDRESS = List.of("video_url", "audio_url");
    private static final List<String> BY_DATA = List.of("input_audio", "input_video");

    private final Images images;
    private boolean fresh;
    private String where = "";

    private ContentParts(Images images) {
        this.images = images;
    }

    /// Checks and changes the turns of a request.
    ///
    /// @throws cortex.core.failure.FailureException when the last turn holds what cannot be used
    static void check(JsonNode messages, Images images) {
        if (messages.isObject()) {
            throw ChatJson.bad("messages: must be an array", "messages");
        }
        ContentParts parts = new ContentParts(images);
        int last = Conversation.lastSaid(messages);
        for (int i = 0; i < messages.size(); i++) {
            Interrupts.check();
            parts.fresh = i == last;
            parts.message(messages.path(i), "messages." + i);
        }
    }

    private void message(JsonNode turn, String path) {
        if (turn.isArray()) {
            throw ChatJson.bad(path + ": must be an object", "messages");
        }
        if (!(turn instanceof ObjectNode message)) {
            return;
        }
        message.remove(RequestNotices.BESIDE);
        JsonNode content = message.path("content");
        if (content instanceof ArrayNode several) {
            content(several, path + ".content.");
        } else if (ChatJson.has(message, "content") && !content.isString()) {
            throw ChatJson.bad(
                    path + ".content: must be a string or an array of parts", "messages");
        }
    }

    private void content(ArrayNode content, String path) {
        for (int i = 0; i < content.size(); i++) {
            where = path + i;
            if (content.get(i).isArray()) {
                throw ChatJson.bad(where + ": must be an object", "messages");
            }
            if (content.get(i) instanceof ObjectNode part) {
                String instead = part(part);
                if (instead != null) {
                    content.set(i, ChatJson.object().put("type", "text").put("text", instead));
                }
            }
        }
    }

    /// The text that takes a part's place; null when it stays.
    private @Nullable String part(ObjectNode part) {
        String type = ChatJson.stringOrEmpty(part, "type");
        if (type.equals("image_url")) {
            return image(part);
        }
        if (BY_ADDRESS.contains(type)) {
            return isData(url(part.path(type))) ? only(part, type) : omitted(type, ADDRESS);
        }
        if (BY_DATA.contains(type)) {
            String data = ChatJson.stringOrEmpty(part.path(type), "data");
            return MediaData.isData(data)
                    ? only(part, type)
                    : omitted(type, "its data is not known media in base64");
        }
        if (type.isEmpty() || TEXTS.contains(type)) {
            part.retain(TEXT_FIELDS);
            return null;
        }
        return omitted(
                JsonText.shorten(type, LONGEST_TYPE), "parts of this type are not taken here");
    }

    private @Nullable String image(ObjectNode part) {
        JsonNode given = part.path("image_url");
        return switch (images.of(url(given))) {
            case Shown shown -> {
                ObjectNode image = ChatJson.object().put("url", shown.image().url());
                String detail = ChatJson.string(given, "detail");
                if (detail != null) {
                    image.put("detail", detail);
                }
                part.set("image_url", image);
                yield only(part, "image_url");
            }
            case Omitted(String reason) -> omitted("image", reason);
        };
    }

    /// Leaves of a part that is fine nothing but what it is about.
    private static @Nullable String only(ObjectNode part, String type) {
        if (part.get(type) instanceof ObjectNode about) {
            about.retain("url", "detail", "data", "format");
        }
        part.retain("type", type);
        return null;
    }

    private static String url(JsonNode given) {
        return given.isObject() ? ChatJson.stringOrEmpty(given, "url") : given.asString("");
    }

    private static boolean isData(String url) {
        return url.regionMatches(true, 0, "data:", 0, "data:".length());
    }

    private String omitted(String what, String reason) {
        if (fresh) {
            throw ChatJson.bad(where + ": the " + what + " cannot be used: " + reason, "messages");
        }
        return "[" + what + " omitted: " + reason + "]";
    }
}

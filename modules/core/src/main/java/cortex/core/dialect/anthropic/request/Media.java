package cortex.core.dialect.anthropic.request;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Images;
import cortex.core.dialect.chat.Images.Omitted;
import cortex.core.dialect.chat.Images.Shown;
import cortex.core.dialect.chat.Texts;
import cortex.core.dialect.chat.Turn;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Images, documents and search results. What the model cannot be shown is refused where the user
/// just sent it, and becomes a line of text in history and in tools' results: refusing there would
/// end the conversation for good.
final class Media {
    private static final String WITHIN = "[image omitted: it stands within a document]";

    private final Images images;

    Media(Images images) {
        this.images = images;
    }

    /// An image block: the image, or a text in its place. `fresh` is the block's path when the user
    /// just sent it, else null.
    Turn.Part image(JsonNode block, @Nullable String fresh) {
        JsonNode source = block.path("source");
        Images.Outcome outcome =
                switch (ChatJson.stringOrEmpty(source, "type")) {
                    case "base64" ->
                            images.base64(
                                    ChatJson.stringOrEmpty(source, "media_type"),
                                    ChatJson.stringOrEmpty(source, "data"));
                    case "url" -> images.of(ChatJson.stringOrEmpty(source, "url"));
                    case "file" -> new Omitted("uploaded files are not kept here");
                    default -> new Omitted("its source is not understood");
                };
        return switch (outcome) {
            case Shown shown -> shown.image();
            case Omitted omitted -> new Turn.Text(omitted("image", omitted.reason(), fresh));
        };
    }

    /// A document block's text.
    String document(JsonNode block, @Nullable String fresh) {
        JsonNode source = block.path("source");
        return switch (ChatJson.stringOrEmpty(source, "type")) {
            case "text" -> framed(block, ChatJson.stringOrEmpty(source, "data"));
            case "content" -> framed(block, text(source.path("content")));
            case "base64" -> omitted("document", "this gateway reads no PDF, send its text", fresh);
            case "url" -> omitted("document", "addresses are not fetched here", fresh);
            case "file" -> omitted("document", "uploaded files are not kept here", fresh);
            default -> omitted("document", "its source is not understood", fresh);
        };
    }

    /// A search result block's text.
    static String searchResult(JsonNode block) {
        List<String> lines = new ArrayList<>();
        lines.add(ChatJson.stringOrEmpty(block, "title"));
        lines.add(ChatJson.stringOrEmpty(block, "source"));
        lines.add(text(block.path("content")));
        lines.removeIf(String::isEmpty);
        return String.join("\n", lines);
    }

    private static String framed(JsonNode block, String text) {
        String title = ChatJson.stringOrEmpty(block, "title");
        String attribute = title.isEmpty() ? "" : " title=\"" + title.replace('"', '\'') + "\"";
        String body = Texts.join(ChatJson.stringOrEmpty(block, "context"), text);
        return "<document" + attribute + ">\n" + body + "\n</document>";
    }

    private static String text(JsonNode content) {
        if (content.isString()) {
            return content.asString();
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode block : content) {
            boolean image = ChatJson.stringOrEmpty(block, "type").equals("image");
            texts.add(image ? WITHIN : ChatJson.stringOrEmpty(block, "text"));
        }
        texts.removeIf(String::isEmpty);
        return String.join("\n", texts);
    }

    private static String omitted(String what, String reason, @Nullable String fresh) {
        if (fresh != null) {
            throw ChatJson.bad(fresh + ": the " + what + " cannot be used: " + reason, "messages");
        }
        return "[" + what + " omitted: " + reason + "]";
    }
}

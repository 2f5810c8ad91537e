package cortex.core.dialect.anthropic.request;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Turn;
import cortex.core.dialect.chat.Turn.Image;
import cortex.core.dialect.chat.Turn.Text;
import cortex.core.dialect.chat.Turn.ToolResult;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Reads `tool_result` blocks: one text for each, its images apart.
final class ToolResults {
    private static final List<String> SAYS_SO = List.of("Error", "<tool_use_error>", "Exit code");

    private final Media media;

    ToolResults(Media media) {
        this.media = media;
    }

    /// The result a block holds.
    ToolResult read(JsonNode block, String where) {
        String id = ChatJson.string(block, "tool_use_id");
        if (id == null) {
            throw ChatJson.bad(where + ".tool_use_id: Field required", "messages");
        }
        List<Image> images = new ArrayList<>();
        String text = text(block.path("content"), images);
        boolean failed = block.path("is_error").asBoolean(false);
        boolean plain = SAYS_SO.stream().noneMatch(text::startsWith);
        return new ToolResult(id, failed && plain ? "Error: " + text : text, images);
    }

    private String text(JsonNode content, List<Image> images) {
        if (content.isString()) {
            return content.asString();
        }
        if (content.isMissingNode() || content.isNull()) {
            return "";
        }
        if (!content.isArray()) {
            return ChatJson.text(content);
        }
        List<String> lines = new ArrayList<>();
        for (JsonNode block : content) {
            lines.add(line(block, images));
        }
        lines.removeIf(String::isEmpty);
        return String.join("\n", lines);
    }

    private String line(JsonNode block, List<Image> images) {
        return switch (ChatJson.stringOrEmpty(block, "type")) {
            case "text" -> ChatJson.stringOrEmpty(block, "text");
            case "image" -> image(block, images);
            case "document" -> media.document(block, null);
            case "search_result" -> Media.searchResult(block);
            case "tool_reference" -> "Tool loaded: " + ChatJson.stringOrEmpty(block, "tool_name");
            default -> block.isString() ? block.asString() : ChatJson.text(block);
        };
    }

    private String image(JsonNode block, List<Image> images) {
        Turn.Part seen = media.image(block, null);
        if (seen instanceof Image image) {
            images.add(image);
            return "[see image below]";
        }
        return seen instanceof Text text ? text.text() : "";
    }
}

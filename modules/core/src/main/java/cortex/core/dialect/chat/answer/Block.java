package cortex.core.dialect.chat.answer;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.chat.stream.JsonSlice;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/// One block of an answer that is gathered. Its content is kept as it stood inside the engine's
/// JSON strings.
public final class Block {
    private final BlockKind kind;
    private final String id;
    private final String name;
    private final JsonBuffer content = new JsonBuffer();
    private boolean open = true;
    private boolean whole;

    Block(BlockKind kind, String id, String name) {
        this.kind = kind;
        this.id = id;
        this.name = name;
    }

    /// What kind of block it is.
    public BlockKind kind() {
        return kind;
    }

    /// A tool call's id, else empty.
    public String id() {
        return id;
    }

    /// A called tool's name, else empty.
    public String name() {
        return name;
    }

    /// Whether more may come.
    public boolean open() {
        return open;
    }

    /// Whether it was closed as whole.
    public boolean whole() {
        return whole;
    }

    /// Whether nothing has come.
    public boolean isEmpty() {
        return content.isEmpty();
    }

    /// Appends the content to a JSON string's inside.
    public void writeContent(JsonBuffer out) {
        JsonSlice view = new JsonSlice();
        content.view(view);
        out.slice(view);
    }

    /// The content itself.
    public String text() {
        String quoted = '"' + new String(content.toBytes(), StandardCharsets.UTF_8) + '"';
        JsonNode text = ChatJson.parse(quoted);
        return text == null ? "" : text.asString("");
    }

    void append(JsonSlice more) {
        content.slice(more);
    }

    void close(boolean closedWhole) {
        open = false;
        whole = closedWhole;
    }
}

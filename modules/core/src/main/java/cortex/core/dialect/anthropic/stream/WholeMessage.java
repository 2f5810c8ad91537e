package cortex.core.dialect.anthropic.stream;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.chat.stream.JsonSlice;
import cortex.core.dialect.chat.tool.ToolArguments;
import cortex.core.failure.Failure;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Gathers a message into the body of an answer that is not streamed.
public final class WholeMessage implements MessageEvents {
    /// What a block costs besides its text.
    private static final int BLOCK = 1 << 10;

    private final Answer answer;
    private final List<Block> blocks = new ArrayList<>();
    private long held;
    private byte @Nullable [] body;
    private @Nullable Failure failure;

    /// A message to gather.
    public WholeMessage(Answer answer) {
        this.answer = answer;
    }

    private static final class Block {
        final BlockKind kind;
        final String id;
        final String name;
        final JsonBuffer text = new JsonBuffer();
        String signature = "";

        Block(BlockKind kind, String id, String name) {
            this.kind = kind;
            this.id = id;
            this.name = name;
        }
    }

    /// The body, or null while it is not complete.
    public byte @Nullable [] body() {
        return body == null ? null : body.clone();
    }

    /// Why there will be no body, or null.
    public @Nullable Failure failure() {
        return failure;
    }

    @Override
    public void start(MessageUsage usage) {}

    @Override
    public void ping() {}

    @Override
    public void blockStart(int index, BlockKind kind, String id, String name) {
        blocks.add(new Block(kind, id, name));
        held += BLOCK + 2L * (id.length() + name.length());
    }

    @Override
    public void delta(int index, BlockKind kind, JsonSlice text) {
        blocks.getLast().text.slice(text);
        held += text.length();
    }

    @Override
    public void blockStop(int index, BlockKind kind, String signature) {
        blocks.getLast().signature = signature;
    }

    @Override
    public void fail(Failure reason) {
        failure = reason;
    }

    @Override
    public void flush() {}

    @Override
    public long held() {
        return held;
    }

    @Override
    public void end(StopReason reason, MessageUsage usage) {
        JsonBuffer out = new JsonBuffer();
        out.reserve(Math.toIntExact(held + BLOCK));
        out.raw(JsonBuffer.ascii("{\"id\":")).quoted(answer.id());
        out.raw(JsonBuffer.ascii(",\"type\":\"message\",\"role\":\"assistant\",\"model\":"));
        out.quoted(answer.terms().model()).raw(JsonBuffer.ascii(",\"content\":["));
        String comma = "";
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            boolean cut = reason == StopReason.MAX_TOKENS && i == blocks.size() - 1;
            if (block.kind == BlockKind.TOOL_USE && cut && !complete(block)) {
                continue;
            }
            out.raw(JsonBuffer.ascii(comma));
            write(block, out);
            comma = ",";
        }
        out.raw(JsonBuffer.ascii("],\"stop_reason\":")).quoted(reason.word());
        out.raw(JsonBuffer.ascii(",\"stop_sequence\":null,\"stop_details\":"));
        out.raw(JsonBuffer.ascii(details(reason))).raw(JsonBuffer.ascii(",\"usage\":"));
        usage.write(out);
        out.raw(JsonBuffer.ascii("}"));
        body = out.toBytes();
    }

    private static String details(StopReason reason) {
        return reason == StopReason.REFUSAL
                ? "{\"type\":\"refusal\",\"category\":null,\"explanation\":null}"
                : "null";
    }

    private static void write(Block block, JsonBuffer out) {
        switch (block.kind) {
            case TEXT -> text(block, out, "text").raw(JsonBuffer.ascii("\"}"));
            case THINKING ->
                    text(block, out, "thinking")
                            .raw(JsonBuffer.ascii("\",\"signature\":"))
                            .quoted(block.signature)
                            .raw(JsonBuffer.ascii("}"));
            case TOOL_USE -> tool(block, out);
        }
    }

    private static JsonBuffer text(Block block, JsonBuffer out, String type) {
        JsonSlice text = new JsonSlice();
        block.text.view(text);
        return out.raw(JsonBuffer.ascii("{\"type\":\"" + type + "\",\"" + type + "\":\""))
                .slice(text);
    }

    private static void tool(Block block, JsonBuffer out) {
        out.raw(JsonBuffer.ascii("{\"type\":\"tool_use\",\"id\":")).quoted(block.id);
        out.raw(JsonBuffer.ascii(",\"name\":")).quoted(block.name);
        out.raw(JsonBuffer.ascii(",\"input\":"));
        out.raw(ChatJson.bytes(ToolArguments.toInput(decoded(block))));
        out.raw(JsonBuffer.ascii("}"));
    }

    private static boolean complete(Block block) {
        return ToolArguments.complete(decoded(block));
    }

    /// The arguments' text itself: it was gathered as it stood inside JSON strings.
    private static String decoded(Block block) {
        String quoted = '"' + new String(block.text.toBytes(), StandardCharsets.UTF_8) + '"';
        JsonNode text = ChatJson.parse(quoted);
        return text == null ? "" : text.asString("");
    }
}

package cortex.core.dialect.anthropic.stream;

import static cortex.core.dialect.chat.stream.JsonBuffer.ascii;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.answer.Block;
import cortex.core.dialect.chat.answer.BlockKind;
import cortex.core.dialect.chat.answer.Counts;
import cortex.core.dialect.chat.answer.WholeAnswer;
import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.chat.tool.ToolArguments;
import java.util.List;

/// Writes a gathered message as the body of an answer that is not streamed.
public final class WholeMessage implements WholeAnswer.Form {
    /// What a message has besides its blocks, about.
    private static final int OWN = 1 << 10;

    private final MessageTerms message;

    /// The form of one message.
    public WholeMessage(MessageTerms message) {
        this.message = message;
    }

    @Override
    public String callId(int n) {
        return message.callId(n);
    }

    @Override
    public byte[] body(List<Block> gathered, long held, String finish, Counts counts) {
        List<Block> blocks = message.prewarm() ? List.of() : gathered;
        boolean called = blocks.stream().anyMatch(block -> block.kind() == BlockKind.CALL);
        StopReason reason = message.stopReason(finish, called);
        JsonBuffer out = new JsonBuffer();
        out.reserve(Math.toIntExact(held + OWN));
        out.raw(ascii("{\"id\":")).quoted(message.id());
        out.raw(ascii(",\"type\":\"message\",\"role\":\"assistant\",\"model\":"));
        out.quoted(message.terms().model()).raw(ascii(",\"content\":["));
        String comma = "";
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            boolean cut = reason == StopReason.MAX_TOKENS && i == blocks.size() - 1;
            if (cut && block.kind() == BlockKind.CALL && !ToolArguments.complete(block.text())) {
                continue;
            }
            write(block, i, out.raw(ascii(comma)));
            comma = ",";
        }
        out.raw(ascii("],\"stop_reason\":")).quoted(reason.word());
        out.raw(ascii(",\"stop_sequence\":null,\"stop_details\":"));
        out.raw(ascii(details(reason))).raw(ascii(",\"usage\":"));
        MessageUsage.of(counts).write(out);
        return out.raw(ascii("}")).toBytes();
    }

    private static String details(StopReason reason) {
        return reason == StopReason.REFUSAL
                ? "{\"type\":\"refusal\",\"category\":null,\"explanation\":null}"
                : "null";
    }

    private void write(Block block, int index, JsonBuffer out) {
        switch (block.kind()) {
            case TEXT -> {
                block.writeContent(out.raw(ascii("{\"type\":\"text\",\"text\":\"")));
                out.raw(ascii("\"}"));
            }
            case REASONING -> {
                block.writeContent(out.raw(ascii("{\"type\":\"thinking\",\"thinking\":\"")));
                out.raw(ascii("\",\"signature\":")).quoted(message.signature(index));
                out.raw(ascii("}"));
            }
            case CALL -> {
                out.raw(ascii("{\"type\":\"tool_use\",\"id\":")).quoted(block.id());
                out.raw(ascii(",\"name\":")).quoted(block.name()).raw(ascii(",\"input\":"));
                out.raw(ChatJson.bytes(ToolArguments.toInput(block.text()))).raw(ascii("}"));
            }
        }
    }
}

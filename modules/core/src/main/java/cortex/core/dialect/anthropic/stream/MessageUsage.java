package cortex.core.dialect.anthropic.stream;

import cortex.core.dialect.chat.answer.Counts;
import cortex.core.dialect.chat.stream.JsonBuffer;
import org.jspecify.annotations.Nullable;

/// Tokens as Anthropic counts them: `input` without `cached`, the part of the prompt that was still
/// in the engine's cache; `thinking` is the part of `output` spent on reasoning, null when not
/// told.
public record MessageUsage(long input, long cached, long output, @Nullable Long thinking) {
    private static final byte[] INPUT = JsonBuffer.ascii("{\"input_tokens\":");
    private static final byte[] OUTPUT = JsonBuffer.ascii(",\"output_tokens\":");
    private static final byte[] CACHED = JsonBuffer.ascii(",\"cache_read_input_tokens\":");
    private static final byte[] CREATED = JsonBuffer.ascii(",\"cache_creation_input_tokens\":0");
    private static final byte[] THINKING =
            JsonBuffer.ascii(",\"output_tokens_details\":{\"thinking_tokens\":");

    /// From an engine's counts, where the prompt's includes the cached part.
    static MessageUsage of(Counts counts) {
        long prompt = counts.prompt();
        long known = Math.max(0, Math.min(counts.cached(), prompt));
        return new MessageUsage(
                Math.max(0, prompt - known),
                known,
                Math.max(0, counts.output()),
                counts.reasoning());
    }

    /// Appends it as JSON.
    void write(JsonBuffer out) {
        out.raw(INPUT).number(input).raw(OUTPUT).number(output);
        out.raw(CACHED).number(cached).raw(CREATED);
        if (thinking != null) {
            out.raw(THINKING).number(thinking).raw(JsonBuffer.ascii("}"));
        }
        out.raw(JsonBuffer.ascii("}"));
    }
}

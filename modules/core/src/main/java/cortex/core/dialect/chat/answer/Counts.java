package cortex.core.dialect.chat.answer;

import org.jspecify.annotations.Nullable;

/// Tokens as engines count them: `cached` is the part of `prompt` that was still in the engine's
/// cache, `reasoning` the part of `output` spent on reasoning, null when not told.
public record Counts(long prompt, long cached, long output, @Nullable Long reasoning) {}

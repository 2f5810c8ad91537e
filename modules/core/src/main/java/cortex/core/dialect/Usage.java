package cortex.core.dialect;

import org.jspecify.annotations.Nullable;

/// Tokens as an engine counted them; null where it did not tell. `promptTokens` includes
/// `cachedTokens`, the part that was still in the engine's cache.
public record Usage(
        @Nullable Long promptTokens, @Nullable Long completionTokens, @Nullable Long cachedTokens) {
    /// Nothing known.
    public static final Usage NONE = new Usage(null, null, null);

    /// This one, with what the later one knows taken over.
    public Usage merge(Usage later) {
        return new Usage(
                later.promptTokens == null ? promptTokens : later.promptTokens,
                later.completionTokens == null ? completionTokens : later.completionTokens,
                later.cachedTokens == null ? cachedTokens : later.cachedTokens);
    }
}

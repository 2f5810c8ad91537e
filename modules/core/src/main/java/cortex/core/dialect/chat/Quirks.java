package cortex.core.dialect.chat;

import org.jspecify.annotations.Nullable;

/// What is peculiar to one model, as its catalogue entry says; nothing here is guessed from a name.
///
/// @param rewriteToolIds its template takes only tool ids of nine letters and digits
/// @param foldUserAfterTool its template takes no user message right after a tool's result, so the
///   text goes into the result
/// @param systemInMiddle what becomes of system turns after the conversation's start
/// @param strictAlternation its template wants a user message first
/// @param reasoning it reasons and can be told how much
/// @param vision it sees images
/// @param imageUrls whether the engine may be given `http` addresses of images to fetch
/// @param stripSchemas whether `pattern` and `format` are taken out of tools' schemas at once
/// @param tolerateMissingFinish whether a stream that ends without a finish reason may count as
///   whole
/// @param maxOutputTokens the most tokens one answer may have, null when not known
public record Quirks(
        boolean rewriteToolIds,
        boolean foldUserAfterTool,
        SystemInMiddle systemInMiddle,
        boolean strictAlternation,
        boolean reasoning,
        boolean vision,
        boolean imageUrls,
        boolean stripSchemas,
        boolean tolerateMissingFinish,
        @Nullable Integer maxOutputTokens) {
    /// A model without peculiarities that sees images and is not known to reason.
    public static final Quirks NONE =
            new Quirks(
                    false,
                    false,
                    SystemInMiddle.FOLD,
                    false,
                    false,
                    true,
                    true,
                    false,
                    false,
                    null);

    /// What becomes of a system turn that does not stand at the conversation's start.
    public enum SystemInMiddle {
        /// Its text goes into the user's turn next to it: most templates raise on anything else.
        FOLD,
        /// It stays: the template has a place for it.
        PRESERVE,
        /// The request is refused in the words that make coding agents send it again without.
        REJECT
    }

    /// This one with tools' schemas stripped: for the second try after an engine could not make a
    /// grammar of them.
    public Quirks withStrippedSchemas() {
        return new Quirks(
                rewriteToolIds,
                foldUserAfterTool,
                systemInMiddle,
                strictAlternation,
                reasoning,
                vision,
                imageUrls,
                true,
                tolerateMissingFinish,
                maxOutputTokens);
    }
}

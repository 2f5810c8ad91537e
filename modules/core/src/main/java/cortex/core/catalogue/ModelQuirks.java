package cortex.core.catalogue;

import cortex.core.engine.Effort;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the catalogue says is peculiar to a model, its `[models.quirks]`. Null, or empty for the
/// images: nothing is said, and what the engine and its chat template give away counts.
///
/// @param toolIds how tool ids are written for it
/// @param userAfterTool what becomes of a user's words right after a tool's result
/// @param systemInMiddle what becomes of system turns after the conversation's start
/// @param alternation whether the first turn must be the user's
/// @param reasoning it reasons and can be told whether and how much
/// @param maxEffort the highest effort it can be asked for
/// @param vision it sees images
/// @param images the formats its engine reads, such as `png`
/// @param imageUrls whether images may be given by web address, which the gateway fetches
/// @param schemas what becomes of tools' schemas
/// @param splitThink its engine leaves `<think>…</think>` at the head of the answer
/// @param tolerateMissingFinish its engine may end a stream without saying why
/// @param maxOutputTokens the most tokens one answer may have
/// @param allowFields fields of engines that requests may hold though they are left out else
public record ModelQuirks(
        @Nullable ToolIds toolIds,
        @Nullable UserAfterTool userAfterTool,
        @Nullable SystemInMiddle systemInMiddle,
        @Nullable Alternation alternation,
        @Nullable Boolean reasoning,
        @Nullable Effort maxEffort,
        @Nullable Boolean vision,
        List<String> images,
        @Nullable Boolean imageUrls,
        @Nullable Schemas schemas,
        @Nullable Boolean splitThink,
        @Nullable Boolean tolerateMissingFinish,
        @Nullable Integer maxOutputTokens,
        List<String> allowFields) {
    /// Nothing is said.
    public static final ModelQuirks NONE =
            new ModelQuirks(
                    null, null, null, null, null, null, null, List.of(), null, null, null, null,
                    null, List.of());

    public ModelQuirks {
        images = List.copyOf(images);
        allowFields = List.copyOf(allowFields);
    }

    /// How tool ids are written.
    public enum ToolIds {
        /// As they come.
        AS_IS,
        /// As nine letters and digits, the same for a call and its result.
        MISTRAL9
    }

    /// What becomes of a user's words right after a tool's result.
    public enum UserAfterTool {
        /// A turn of their own.
        KEEP,
        /// They go into the result.
        FOLD
    }

    /// What becomes of a system turn that does not stand at the conversation's start.
    public enum SystemInMiddle {
        /// Its text goes into the user's turn next to it: most templates raise on anything else.
        FOLD,
        /// It stays: the template has a place for it.
        PRESERVE,
        /// The request is refused in the words that make coding agents send it again without.
        REJECT
    }

    /// In which order turns may come.
    public enum Alternation {
        /// Any.
        ANY,
        /// The user's comes first.
        STRICT
    }

    /// What becomes of tools' schemas.
    public enum Schemas {
        /// They go as they are; when the engine refuses them, once more without `pattern` and
        /// `format`.
        ON_ERROR,
        /// They go as they are, and a refusal stands.
        AS_IS,
        /// They go without `pattern` and `format`.
        PLAIN
    }
}

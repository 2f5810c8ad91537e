package cortex.core.catalogue;

import cortex.core.engine.Effort;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the catalogue says is peculiar to a model, its `[models.quirks]`. Null, or empty for the
/// formats: nothing is said, and what the engine and its chat template give away counts.
///
/// @param schemas what becomes of tools' schemas
/// @param maxOutputTokens the most tokens one answer may have
/// @param allowFields fields of engines that requests may hold though they are left out else
public record ModelQuirks(
        Turns turns,
        Reasoning reasoning,
        Images images,
        @Nullable Schemas schemas,
        Answers answers,
        @Nullable Integer maxOutputTokens,
        List<String> allowFields) {
    /// Nothing is said.
    public static final ModelQuirks NONE =
            new ModelQuirks(
                    new Turns(null, null, null, null),
                    new Reasoning(null, null),
                    new Images(null, List.of(), null),
                    null,
                    new Answers(null, null),
                    null,
                    List.of());

    public ModelQuirks {
        allowFields = List.copyOf(allowFields);
    }

    /// How its chat template wants the turns of a conversation.
    ///
    /// @param toolIds how tool ids are written for it
    /// @param userAfterTool what becomes of a user's words right after a tool's result
    /// @param systemInMiddle what becomes of system turns after the conversation's start
    /// @param alternation whether the first turn must be the user's
    public record Turns(
            @Nullable ToolIds toolIds,
            @Nullable UserAfterTool userAfterTool,
            @Nullable SystemInMiddle systemInMiddle,
            @Nullable Alternation alternation) {}

    /// Whether it reasons and can be told whether and how much, and the highest effort it can be
    /// asked for.
    public record Reasoning(@Nullable Boolean possible, @Nullable Effort maxEffort) {}

    /// What it takes of images.
    ///
    /// @param seen whether it sees them at all
    /// @param formats the formats its engine reads, such as `png`
    /// @param byUrl whether they may be given by web address, which the gateway fetches
    public record Images(@Nullable Boolean seen, List<String> formats, @Nullable Boolean byUrl) {
        public Images {
            formats = List.copyOf(formats);
        }
    }

    /// How its engine answers.
    ///
    /// @param splitThink it leaves `<think>…</think>` at the head of the answer
    /// @param tolerateMissingFinish it may end a stream without saying why
    public record Answers(@Nullable Boolean splitThink, @Nullable Boolean tolerateMissingFinish) {}

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

package cortex.core.dialect.chat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelQuirks;
import cortex.core.catalogue.ModelQuirks.Alternation;
import cortex.core.catalogue.ModelQuirks.Schemas;
import cortex.core.catalogue.ModelQuirks.SystemInMiddle;
import cortex.core.catalogue.ModelQuirks.ToolIds;
import cortex.core.catalogue.ModelQuirks.UserAfterTool;
import cortex.core.engine.Effort;
import cortex.core.engine.EngineTraits;
import cortex.core.engine.TemplateTraits;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What is peculiar to one model, as its catalogue entry says or its engine gives away; nothing
/// here is guessed from a name.
///
/// @param schemas what becomes of tools' schemas
/// @param maxOutputTokens the most tokens one answer may have, null when not known
/// @param allowFields fields of engines that requests may hold though they are left out else
public record Quirks(
        Turns turns,
        Reasoning reasoning,
        Images images,
        Schemas schemas,
        Answers answers,
        @Nullable Integer maxOutputTokens,
        List<String> allowFields) {
    /// A model without peculiarities that sees images and is not known to reason.
    public static final Quirks NONE =
            new Quirks(
                    Turns.PLAIN,
                    Reasoning.NONE,
                    Images.SEEN,
                    Schemas.ON_ERROR,
                    Answers.PLAIN,
                    null,
                    List.of());

    /// How its chat template wants the turns of a conversation.
    ///
    /// @param rewriteToolIds it takes only tool ids of nine letters and digits
    /// @param foldUserAfterTool it takes no user message right after a tool's result, so the text
    ///   goes into the result
    /// @param systemInMiddle what becomes of system turns after the conversation's start
    /// @param userFirst it wants a user message first
    public record Turns(
            boolean rewriteToolIds,
            boolean foldUserAfterTool,
            SystemInMiddle systemInMiddle,
            boolean userFirst) {
        /// It takes them as they come.
        public static final Turns PLAIN = new Turns(false, false, SystemInMiddle.FOLD, false);

        private static Turns of(ModelQuirks.Turns said, TemplateTraits template) {
            return new Turns(
                    said.toolIds() == null
                            ? template.shortToolIds()
                            : said.toolIds() == ToolIds.MISTRAL9,
                    said.userAfterTool() == null
                            ? template.alternates()
                            : said.userAfterTool() == UserAfterTool.FOLD,
                    Objects.requireNonNullElse(
                            said.systemInMiddle(), Turns.systemInMiddle(template)),
                    said.alternation() == null
                            ? template.alternates()
                            : said.alternation() == Alternation.STRICT);
        }

        private static SystemInMiddle systemInMiddle(TemplateTraits template) {
            boolean place = template.systemAnywhere() && !template.alternates();
            return place ? SystemInMiddle.PRESERVE : SystemInMiddle.FOLD;
        }
    }

    /// Whether it reasons and can be told how much, and the highest effort it can be asked for,
    /// null for what its engine knows.
    public record Reasoning(boolean possible, @Nullable Effort maxEffort) {
        /// It is not known to reason.
        public static final Reasoning NONE = new Reasoning(false, null);
    }

    /// What it takes of images.
    ///
    /// @param seen whether it sees them at all
    /// @param formats the formats its engine reads, such as `png`; empty for what its engine reads
    /// @param byUrl whether they may be given by web address, which the gateway fetches
    public record Images(boolean seen, List<String> formats, boolean byUrl) {
        /// It sees those that come with the request.
        public static final Images SEEN = new Images(true, List.of(), false);

        public Images {
            formats = List.copyOf(formats);
        }
    }

    /// How its engine answers.
    ///
    /// @param splitThink it leaves `<think>…</think>` at the head of the answer
    /// @param tolerateMissingFinish whether a stream that ends without a finish reason may count as
    ///   whole
    public record Answers(boolean splitThink, boolean tolerateMissingFinish) {
        /// It sorts its reasoning out, and says why it ends.
        public static final Answers PLAIN = new Answers(false, false);
    }

    private static final TemplateTraits PLAIN =
            new TemplateTraits(false, false, false, false, false);

    public Quirks {
        allowFields = List.copyOf(allowFields);
    }

    /// A model's quirks: what its catalogue entry says, else what its engine gave away, else what
    /// does least harm: images are passed on, reasoning is not asked for.
    public static Quirks of(ModelProfile model, EngineTraits seen) {
        ModelQuirks said = model.quirks();
        TemplateTraits template = Objects.requireNonNullElse(seen.template(), PLAIN);
        return new Quirks(
                Turns.of(said.turns(), template),
                new Reasoning(
                        either(
                                said.reasoning().possible(),
                                seen.abilities().reasoning(),
                                template.reasons()),
                        said.reasoning().maxEffort()),
                new Images(
                        either(said.images().seen(), seen.abilities().vision(), true),
                        said.images().formats(),
                        either(said.images().byUrl(), null, false)),
                Objects.requireNonNullElse(said.schemas(), Schemas.ON_ERROR),
                new Answers(
                        either(said.answers().splitThink(), null, false),
                        either(said.answers().tolerateMissingFinish(), null, false)),
                said.maxOutputTokens(),
                said.allowFields());
    }

    private static boolean either(
            @Nullable Boolean said, @Nullable Boolean seen, boolean otherwise) {
        return said != null ? said : seen != null ? seen : otherwise;
    }

    /// Whether `pattern` and `format` are taken out of tools' schemas at once.
    public boolean stripSchemas() {
        return schemas == Schemas.PLAIN;
    }

    /// Whether a request whose schemas the engine refused is sent once more without them.
    public boolean retriesSchemas() {
        return schemas == Schemas.ON_ERROR;
    }

    /// This one with tools' schemas stripped: for the second try after an engine could not make a
    /// grammar of them.
    public Quirks withStrippedSchemas() {
        return new Quirks(
                turns, reasoning, images, Schemas.PLAIN, answers, maxOutputTokens, allowFields);
    }
}

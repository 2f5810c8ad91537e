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
/// @param rewriteToolIds its template takes only tool ids of nine letters and digits
/// @param foldUserAfterTool its template takes no user message right after a tool's result, so the
///   text goes into the result
/// @param systemInMiddle what becomes of system turns after the conversation's start
/// @param strictAlternation its template wants a user message first
/// @param reasoning it reasons and can be told how much
/// @param maxEffort the highest effort it can be asked for, null for what its engine knows
/// @param vision it sees images
/// @param images the formats its engine reads, such as `png`; empty for what its engine reads
/// @param imageUrls whether images may be given by web address, which the gateway fetches
/// @param schemas what becomes of tools' schemas
/// @param splitThink its engine leaves `<think>…</think>` at the head of the answer
/// @param tolerateMissingFinish whether a stream that ends without a finish reason may count as
///   whole
/// @param maxOutputTokens the most tokens one answer may have, null when not known
/// @param allowFields fields of engines that requests may hold though they are left out else
public record Quirks(
        boolean rewriteToolIds,
        boolean foldUserAfterTool,
        SystemInMiddle systemInMiddle,
        boolean strictAlternation,
        boolean reasoning,
        @Nullable Effort maxEffort,
        boolean vision,
        List<String> images,
        boolean imageUrls,
        Schemas schemas,
        boolean splitThink,
        boolean tolerateMissingFinish,
        @Nullable Integer maxOutputTokens,
        List<String> allowFields) {
    /// A model without peculiarities that sees images and is not known to reason.
    public static final Quirks NONE =
            new Quirks(
                    false,
                    false,
                    SystemInMiddle.FOLD,
                    false,
                    false,
                    null,
                    true,
                    List.of(),
                    false,
                    Schemas.ON_ERROR,
                    false,
                    false,
                    null,
                    List.of());

    private static final TemplateTraits PLAIN =
            new TemplateTraits(false, false, false, false, false);

    public Quirks {
        images = List.copyOf(images);
        allowFields = List.copyOf(allowFields);
    }

    /// A model's quirks: what its catalogue entry says, else what its engine gave away, else what
    /// does least harm: images are passed on, reasoning is not asked for.
    public static Quirks of(ModelProfile model, EngineTraits seen) {
        ModelQuirks said = model.quirks();
        TemplateTraits template = Objects.requireNonNullElse(seen.template(), PLAIN);
        return new Quirks(
                said.toolIds() == null
                        ? template.shortToolIds()
                        : said.toolIds() == ToolIds.MISTRAL9,
                said.userAfterTool() == null
                        ? template.alternates()
                        : said.userAfterTool() == UserAfterTool.FOLD,
                Objects.requireNonNullElse(said.systemInMiddle(), systemInMiddle(template)),
                said.alternation() == null
                        ? template.alternates()
                        : said.alternation() == Alternation.STRICT,
                either(said.reasoning(), seen.reasoning(), template.reasons()),
                said.maxEffort(),
                either(said.vision(), seen.vision(), true),
                said.images(),
                either(said.imageUrls(), null, false),
                Objects.requireNonNullElse(said.schemas(), Schemas.ON_ERROR),
                either(said.splitThink(), null, false),
                either(said.tolerateMissingFinish(), null, false),
                said.maxOutputTokens(),
                said.allowFields());
    }

    private static SystemInMiddle systemInMiddle(TemplateTraits template) {
        boolean place = template.systemAnywhere() && !template.alternates();
        return place ? SystemInMiddle.PRESERVE : SystemInMiddle.FOLD;
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
                rewriteToolIds,
                foldUserAfterTool,
                systemInMiddle,
                strictAlternation,
                reasoning,
                maxEffort,
                vision,
                images,
                imageUrls,
                Schemas.PLAIN,
                splitThink,
                tolerateMissingFinish,
                maxOutputTokens,
                allowFields);
    }
}

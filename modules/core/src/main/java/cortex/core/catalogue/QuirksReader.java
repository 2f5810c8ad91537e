package cortex.core.catalogue;

import cortex.core.catalogue.ModelQuirks.Alternation;
import cortex.core.catalogue.ModelQuirks.Schemas;
import cortex.core.catalogue.ModelQuirks.SystemInMiddle;
import cortex.core.catalogue.ModelQuirks.ToolIds;
import cortex.core.catalogue.ModelQuirks.UserAfterTool;
import cortex.core.config.Section;
import cortex.core.config.ValueType;
import cortex.core.config.ValueTypes;
import cortex.core.engine.Effort;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the `quirks` table of a model. What is not given is found out from the engine.
final class QuirksReader {
    private static final ValueType<List<String>> FORMATS =
            ValueTypes.listOf(
                    ValueTypes.TEXT.where(
                            format -> format.matches("[a-z0-9+.-]+"),
                            "an image format in lower case"),
                    "an array of image formats such as [\"jpeg\", \"png\"]");

    private static final ValueType<List<String>> FIELDS =
            ValueTypes.listOf(ValueTypes.TEXT, "an array of fields such as [\"cache_prompt\"]");

    private final Section quirks;

    private QuirksReader(Section quirks) {
        this.quirks = quirks;
    }

    static ModelQuirks read(Section model) {
        return new QuirksReader(
                        model.table(
                                "quirks",
                                "What is peculiar to it. What is not given is found out from the"
                                        + " engine and its chat template, once it is loaded."))
                .read();
    }

    private ModelQuirks read() {
        return new ModelQuirks(
                turns(),
                reasoning(),
                images(),
                choice(
                        "schemas",
                        Schemas.class,
                        "Tools' schemas: `on_error` go again without `pattern` and `format` when"
                            + " the engine refuses them, `plain` at once, `as_is` never. Not set:"
                            + " `on_error`."),
                answers(),
                quirks.read(
                                "max_output_tokens",
                                ValueTypes.integer(1, Integer.MAX_VALUE),
                                "The most tokens one answer may have; more is lowered to it.")
                        .orNull(),
                quirks.read(
                                "allow_fields",
                                FIELDS,
                                "Engine-specific request fields to pass on, such as `cache_prompt`:"
                                        + " docs/API.md lists them.")
                        .or(List.of()));
    }

    private ModelQuirks.Turns turns() {
        return new ModelQuirks.Turns(
                choice(
                        "tool_ids",
                        ToolIds.class,
                        "`mistral9`: tool ids are rewritten to nine letters and digits."),
                choice(
                        "user_after_tool",
                        UserAfterTool.class,
                        "User text right after a tool's result: `fold` puts"
                                + " them into the result."),
                choice(
                        "system_in_middle",
                        SystemInMiddle.class,
                        "What becomes of system turns after the start: `fold` into the user's turn,"
                                + " `preserve`, or `reject` the request. Not set: `preserve`"
                                + " where the template has a place for them, else `fold`."),
                choice(
                        "alternation",
                        Alternation.class,
                        "`strict`: the first turn must be the user's."));
    }

    private ModelQuirks.Reasoning reasoning() {
        return new ModelQuirks.Reasoning(
                found("reasoning", "Whether the model reasons, and its effort can be set."),
                choice(
                        "max_effort",
                        Effort.class,
                        "The highest effort it is asked for; more is lowered to it. Not set:"
                                + " `high`, with mistral.rs `xhigh`."));
    }

    private ModelQuirks.Images images() {
        return new ModelQuirks.Images(
                found("vision", "Whether it sees images."),
                quirks.read("images", FORMATS, "The image formats its engine reads.").or(List.of()),
                flag(
                        "image_urls",
                        "Whether images may be given by their web address. The gateway fetches them"
                                + " (`[images]` of cortex.toml) and sends data. Not set: no."));
    }

    private ModelQuirks.Answers answers() {
        return new ModelQuirks.Answers(
                flag(
                        "split_think",
                        "Whether `<think>…</think>` at the head of an answer becomes reasoning, for"
                                + " an engine that leaves it there. Not set: no."),
                flag(
                        "tolerate_missing_finish",
                        "Whether a stream that ends without a finish reason may be whole. Not"
                                + " given: no."));
    }

    private <E extends Enum<E>> @Nullable E choice(String key, Class<E> type, String meaning) {
        return quirks.read(key, ValueTypes.oneOf(type), meaning).orNull();
    }

    private @Nullable Boolean flag(String key, String meaning) {
        return quirks.read(key, ValueTypes.BOOLEAN, meaning).orNull();
    }

    /// Something that is said, or left to be found out.
    private @Nullable Boolean found(String key, String meaning) {
        return quirks.read(key, ValueTypes.SAID_OR_AUTO, meaning).or(ValueTypes.AUTO).orElse(null);
    }
}

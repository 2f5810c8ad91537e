package cortex.gateway.config;

import cortex.core.config.ByteSize;
import cortex.core.config.Section;
import cortex.core.config.ValueTypes;
import cortex.core.dialect.RequestLimits;

/// What one request may hold.
///
/// @param limits the tokens of JSON, turns, tools and content parts of its body
/// @param maxAnswers the answers that it may ask for: its prompts times `n` or `best_of`
/// @param maxInputs the inputs to embed, or documents to rank, that it may bring
/// @param hideCached whether its answer keeps quiet about what of its prompt the engine had in its
///   cache
/// @param images the images that it gives by web address
/// @param forms how long a form may be
public record RequestsConfig(
        RequestLimits limits,
        int maxAnswers,
        int maxInputs,
        boolean hideCached,
        ImagesConfig images,
        Forms forms) {
    /// The defaults.
    public static final RequestsConfig USUAL =
            new RequestsConfig(
                    RequestLimits.USUAL, 64, 2_048, false, ImagesConfig.USUAL, Forms.USUAL);

    private static final int MOST = 1_000_000;

    /// The limits on forms.
    ///
    /// @param longest a form's bytes, held or not
    /// @param fields the bytes of a form that are not a file's
    public record Forms(long longest, int fields) {
        /// 256 MiB, and 64 KiB for fields.
        public static final Forms USUAL = new Forms(256 << 20, 64 << 10);
    }

    /// Reads the `[requests]` and `[images]` tables of cortex.toml.
    static RequestsConfig read(Section root) {
        Section requests =
                root.table("requests", "What one request may hold and ask for; more gets a 400.");
        RequestsConfig usual = RequestsConfig.USUAL;
        return new RequestsConfig(
                new RequestLimits(
                        requests.read(
                                        "max_json_tokens",
                                        ValueTypes.integer(1_000, RequestLimits.MOST_TOKENS),
                                        "Names, values and brackets of JSON in its body, those in"
                                                + " the arguments of tool calls included.")
                                .or((int) usual.limits().maxTokens()),
                        count(
                                requests,
                                "max_turns",
                                usual.limits().maxTurns(),
                                "Turns of its conversation."),
                        count(
                                requests,
                                "max_tools",
                                usual.limits().maxTools(),
                                "Tools, in namespaces too."),
                        count(
                                requests,
                                "max_parts",
                                usual.limits().maxParts(),
                                "Content parts and tool calls of all turns together.")),
                count(
                        requests,
                        "max_n",
                        usual.maxAnswers(),
                        "Answers it may ask for: its prompts times `n` or `best_of`. More than"
                                + " it gets slots come in parts."),
                count(
                        requests,
                        "max_inputs",
                        usual.maxInputs(),
                        "Inputs to embed, or documents to rank."),
                requests.read(
                                "hide_cached_tokens",
                                ValueTypes.BOOLEAN,
                                "Whether answers report 0 cached tokens, because the real number"
                                    + " reveals what others have asked. Times still reveal some of"
                                    + " it.")
                        .or(usual.hideCached()),
                ImagesConfig.read(root),
                forms(requests));
    }

    private static Forms forms(Section requests) {
        Forms usual = Forms.USUAL;
        ByteSize longest =
                requests.read(
                                "max_upload",
                                ValueTypes.byteSize(ByteSize.kib(1), ByteSize.mib(1 << 20)),
                                "The largest form, such as a recording to transcribe; larger ones"
                                        + " get a 413. It is passed on as it comes, once its part"
                                        + " `model` was read, for which at most `max_body` of it"
                                        + " is held.")
                        .or(new ByteSize(usual.longest()));
        ByteSize fields =
                requests.read(
                                "max_form_fields",
                                ValueTypes.byteSize(ByteSize.kib(1), ByteSize.mib(16)),
                                "The largest size of all parts of a form that are not files.")
                        .or(new ByteSize(usual.fields()));
        return new Forms(longest.bytes(), (int) fields.bytes());
    }

    private static int count(Section requests, String key, int usual, String meaning) {
        return requests.read(key, ValueTypes.integer(1, MOST), meaning).or(usual);
    }
}

package cortex.gateway;

import cortex.core.config.ByteSize;
import cortex.core.config.Section;
import cortex.core.config.ValueTypes;
import cortex.core.dialect.RequestLimits;
import java.time.Duration;

/// The `[requests]` table of cortex.toml.
final class RequestKeys {
    private static final int MOST = 1_000_000;

    private RequestKeys() {}

    static GatewayConfig.Requests read(Section root) {
        Section requests = root.table("requests", "What one request may hold; more gets a 400.");
        GatewayConfig.Requests usual = GatewayConfig.Requests.USUAL;
        return new GatewayConfig.Requests(
                requests.read(
                                "max_json_tokens",
                                ValueTypes.integer(1_000, RequestLimits.MOST_TOKENS),
                                "Names, values and brackets of JSON in its body, those in the"
                                        + " arguments of tool calls included.")
                        .or((int) usual.maxTokens()),
                count(requests, "max_turns", usual.maxTurns(), "Turns of its conversation."),
                count(requests, "max_tools", usual.maxTools(), "Tools, in namespaces too."),
                count(
                        requests,
                        "max_parts",
                        usual.maxParts(),
                        "Content parts and tool calls of all turns together."),
                count(
                        requests,
                        "max_n",
                        usual.maxAnswers(),
                        "Answers it may ask for: its prompts times `n` or `best_of`."),
                count(
                        requests,
                        "max_inputs",
                        usual.maxInputs(),
                        "Inputs to embed, or documents to rank."),
                requests.read(
                                "hide_cached_tokens",
                                ValueTypes.BOOLEAN,
                                "Whether answers say 0 for how much of the prompt the engine had in"
                                        + " its cache: that tells a client what others have asked."
                                        + " Times still tell some of it.")
                        .or(usual.hideCached()),
                images(root));
    }

    private static GatewayConfig.Images images(Section root) {
        Section images =
                root.table(
                        "images",
                        "Images that a request gives by web address, which the gateway fetches for"
                                + " models with `image_urls = true`: from public addresses only,"
                                + " without following redirects.");
        GatewayConfig.Images usual = GatewayConfig.Images.USUAL;
        return new GatewayConfig.Images(
                count(images, "max_count", usual.maxCount(), "How many of one request."),
                (int)
                        images.read(
                                        "max_bytes",
                                        ValueTypes.byteSize(ByteSize.kib(1), ByteSize.mib(256)),
                                        "How large all of one request together may be; one that is"
                                                + " shown several times counts as often.")
                                .or(new ByteSize(usual.maxBytes()))
                                .bytes(),
                images.read(
                                "timeout",
                                ValueTypes.duration(Duration.ofMillis(1)),
                                "How long fetching all of one request may take.")
                        .or(usual.timeout()));
    }

    private static int count(Section requests, String key, int usual, String meaning) {
        return requests.read(key, ValueTypes.integer(1, MOST), meaning).or(usual);
    }
}

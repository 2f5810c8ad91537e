package cortex.core.dialect.openai;

import cortex.core.dialect.RequestNotices;
import cortex.core.dialect.RequestNotices.Media;
import cortex.core.dialect.RequestScan;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Growth;
import cortex.core.dialect.chat.Images;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.request.Target;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A request in OpenAI's own form, made what its model's engine may get: without fields that reach
/// beyond the request, with no more tokens asked for than the model may answer with, with images as
/// data only, and put right where the engine would trip over it. A request in which nothing has to
/// change keeps its bytes, and no tree is built of it.
public final class OpenAiRequest {
    private final byte[] body;
    private final RequestScan scan;

    private OpenAiRequest(byte[] body, RequestScan scan) {
        this.body = body;
        this.scan = scan;
    }

    /// The body.
    public byte[] body() {
        return body;
    }

    /// What is known of that body.
    public RequestScan scan() {
        return scan;
    }

    /// Which of OpenAI's APIs a request is of.
    public enum Form {
        /// Chat completions.
        CHAT,
        /// Plain completions.
        COMPLETIONS,
        /// Embeddings and the ranking of documents: nothing is generated.
        VECTORS
    }

    /// Whether a tree has to be made of the request that `scan` is of.
    public static boolean makesTree(RequestScan scan, Form form, Target target) {
        RequestNotices seen = scan.notices();
        Quirks quirks = target.quirks();
        Integer most = most(form, quirks);
        return (form == Form.CHAT && ChatRepair.needed(scan, target.kind()))
                || (form == Form.CHAT && seen.foreignTools())
                || !quirks.allowFields().containsAll(seen.engineFields())
                || looksAt(seen.media(), quirks)
                || (most != null && seen.capped() && seen.cap() > most);
    }

    /// The request in `body`, of which `scan` is, as `target` may get it.
    ///
    /// @throws cortex.core.failure.FailureException when it holds what cannot be used
    public static OpenAiRequest of(byte[] body, RequestScan scan, Form form, Target target) {
        RequestNotices seen = scan.notices();
        Integer most = most(form, target.quirks());
        if (!makesTree(scan, form, target)) {
            return most == null || seen.capped()
                    ? new OpenAiRequest(body, scan)
                    : capped(body, scan, most);
        }
        ObjectNode request = ChatJson.object(body);
        Images images = target.images();
        seen.engineFields().stream()
                .filter(name -> !target.quirks().allowFields().contains(name))
                .forEach(request::remove);
        if (looksAt(seen.media(), target.quirks())) {
            media(request, form, target.quirks(), images);
        }
        if (form == Form.CHAT && seen.foreignTools()) {
            ChatRepair.keepClientsTools(request);
        }
        if (form == Form.CHAT && ChatRepair.needed(scan, target.kind())) {
            ChatRepair.repair(request, scan, target.kind());
        }
        if (most != null) {
            lower(request, most);
        }
        Growth.of(body.length, scan.cost().tokens()).check(request, images);
        byte[] changed = ChatJson.bytes(request);
        return new OpenAiRequest(changed, RequestScan.of(changed));
    }

    /// Refuses a request for more answers than one may ask for.
    ///
    /// @throws cortex.core.failure.FailureException when it asks for more than `most`
    public static void checkAnswers(RequestScan scan, int most) {
        if (scan.weight() > most) {
            String field = scan.cost().each() > 1 ? "n" : "prompt";
            throw ChatJson.bad(
                    field
                            + ": one request may ask for "
                            + most
                            + " answers at most, prompts times n (max_n); send several requests",
                    field);
        }
    }

    /// Refuses a request with more inputs than one may bring.
    ///
    /// @throws cortex.core.failure.FailureException when it brings more than `most`
    public static void checkInputs(RequestScan scan, int most) {
        if (scan.cost().prompts() > most) {
            throw ChatJson.bad(
                    "one request may bring "
                            + most
                            + " inputs at most (max_inputs); send several requests",
                    null);
        }
    }

    /// The most tokens an answer may have; null where none are generated, or as many as one likes.
    private static @Nullable Integer most(Form form, Quirks quirks) {
        return form == Form.VECTORS ? null : quirks.maxOutputTokens();
    }

    private static boolean looksAt(Media media, Quirks quirks) {
        return switch (media) {
            case NONE -> false;
            case PLAIN -> !quirks.vision() || !quirks.images().isEmpty();
            case OTHER -> true;
        };
    }

    /// Puts a limit at the head of a body that has none.
    private static OpenAiRequest capped(byte[] body, RequestScan scan, int most) {
        byte[] cap = ("\"max_tokens\":" + most + ",").getBytes(StandardCharsets.US_ASCII);
        int at = 0;
        while (body[at] != '{') {
            at++;
        }
        at++;
        byte[] out = new byte[body.length + cap.length];
        System.arraycopy(body, 0, out, 0, at);
        System.arraycopy(cap, 0, out, at, cap.length);
        System.arraycopy(body, at, out, at + cap.length, body.length - at);
        return new OpenAiRequest(out, scan.shifted(cap.length));
    }

    private static void lower(ObjectNode request, int most) {
        boolean capped = false;
        for (String name : RequestNotices.CAPS) {
            if (ChatJson.has(request, name)) {
                capped = true;
                JsonNode asked = request.path(name);
                double number = asked.isNumber() ? asked.asDouble(-1) : -1;
                if (number < 0 || number > most) {
                    request.put(name, most);
                }
            }
        }
        if (!capped) {
            request.put("max_tokens", most);
        }
    }

    private static void media(ObjectNode request, Form form, Quirks quirks, Images images) {
        if (form == Form.CHAT) {
            ContentParts.check(request.path("messages"), images);
        } else {
            prompts(request.get("prompt"), "prompt", quirks);
            prompts(request.get("input"), "input", quirks);
            prompts(request.get("content"), "content", quirks);
        }
    }

    /// llama-server's prompts with images or sounds in them.
    private static void prompts(@Nullable JsonNode prompt, String field, Quirks quirks) {
        if (prompt == null) {
            return;
        }
        if (prompt.isArray()) {
            prompt.forEach(one -> prompts(one, field, quirks));
        }
        JsonNode data = prompt.path("multimodal_data");
        if (!data.isMissingNode() && !quirks.vision()) {
            throw ChatJson.bad(field + ".multimodal_data: model has no vision", field);
        }
        for (JsonNode one : data) {
            if (!MediaData.isKnown(one.asString(""))) {
                throw ChatJson.bad(
                        field + ".multimodal_data: must be images or sounds in base64", field);
            }
        }
    }
}

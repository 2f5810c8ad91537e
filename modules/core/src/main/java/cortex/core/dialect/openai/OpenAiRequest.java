package cortex.core.dialect.openai;

import cortex.core.dialect.RequestNotices;
import cortex.core.dialect.RequestNotices.Cap;
import cortex.core.dialect.RequestNotices.Media;
import cortex.core.dialect.RequestScan;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Growth;
import cortex.core.dialect.chat.Images;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.request.Target;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A request in OpenAI's own form, made what its model's engine may get: without fields that reach
/// beyond the request, with no more tokens asked for than the model may answer with, with images as
/// data only, and put right where the engine would trip over it. A request in which nothing has to
/// change keeps its bytes, and no tree is built of it.
public final class OpenAiRequest {
    /// Where texts to go on with, to embed or to rank stand.
    private static final List<String> PROMPTS =
            List.of(
                    "prompt",
                    "input",
                    "content",
                    "documents",
                    "texts",
                    "query",
                    "queries",
                    "items",
                    "data_1",
                    "data_2",
                    "text_1",
                    "text_2");

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
        return (form == Form.CHAT && ChatRepair.needed(scan, target.api()))
                || (form == Form.CHAT && seen.foreignTools())
                || !quirks.allowFields().containsAll(seen.engineFields())
                || looksAt(seen.media(), quirks)
                || (most != null && seen.cap().said() && !fits(seen.cap(), form, most));
    }

    /// The request in `body`, of which `scan` is, as `target` may get it.
    ///
    /// @throws cortex.core.failure.FailureException when it holds what cannot be used
    public static OpenAiRequest of(byte[] body, RequestScan scan, Form form, Target target) {
        RequestNotices seen = scan.notices();
        Integer most = most(form, target.quirks());
        if (!makesTree(scan, form, target)) {
            return most == null || seen.cap().said()
                    ? new OpenAiRequest(body, scan)
                    : capped(body, scan, most);
        }
        ObjectNode request = ChatJson.object(body);
        Images images = target.images();
        seen.engineFields().stream()
                .filter(name -> !target.quirks().allowFields().contains(name))
                .forEach(name -> engineField(request, name));
        if (looksAt(seen.media(), target.quirks())) {
            media(request, form, target.quirks(), images);
        }
        if (form == Form.CHAT && seen.foreignTools()) {
            ChatRepair.keepClientsTools(request);
        }
        if (form == Form.CHAT && ChatRepair.needed(scan, target.api())) {
            ChatRepair.repair(request, scan, target.api());
        }
        if (most != null && !fits(seen.cap(), form, most)) {
            cap(request, most);
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
                            + ": at most "
                            + most
                            + " answers per request (prompts times n; max_n). Send several"
                            + " requests",
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
            case PLAIN -> !quirks.images().seen() || !quirks.images().formats().isEmpty();
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

    /// Whether all engines read from the body as it is how many tokens the answer may have, and no
    /// more than the model's. Plain completions know `max_tokens` alone.
    private static boolean fits(Cap cap, Form form, int most) {
        String field = cap.field();
        boolean read =
                "max_tokens".equals(field)
                        || (form == Form.CHAT && "max_completion_tokens".equals(field));
        return read && cap.most() <= most;
    }

    /// Leaves of all that says how many tokens the answer may have the least, and where every
    /// engine reads it.
    private static void cap(ObjectNode request, int most) {
        int least = most;
        for (String name : RequestNotices.CAPS) {
            JsonNode asked = request.path(name);
            double number = asked.isNumber() ? Math.ceil(asked.asDouble(-1)) : -1;
            if (number >= 0 && number < least) {
                least = (int) number;
            }
        }
        request.remove(RequestNotices.CAPS);
        request.put("max_tokens", least);
    }

    private static void engineField(ObjectNode request, String name) {
        request.remove(name);
        if (RequestNotices.TEMPLATES_OWN.contains(name)
                && request.path("chat_template_kwargs") instanceof ObjectNode arguments) {
            arguments.remove(name);
        }
    }

    private static void media(ObjectNode request, Form form, Quirks quirks, Images images) {
        ContentParts.check(request.path("messages"), images);
        if (form != Form.CHAT) {
            for (String field : PROMPTS) {
                prompts(request.path(field), field, quirks);
            }
            beside(request, "", quirks);
        }
    }

    /// Prompts with images or sounds in them, as llama-server takes them, and what else engines
    /// embed or rank.
    private static void prompts(JsonNode prompt, String field, Quirks quirks) {
        for (JsonNode one : prompt) {
            if (one.isContainer()) {
                prompts(one, field, quirks);
            }
        }
        beside(prompt, field + ".", quirks);
    }

    /// Looks at what stands beside a text.
    private static void beside(JsonNode text, String where, Quirks quirks) {
        for (String name : RequestNotices.MEDIA) {
            JsonNode data = text.path(name);
            if (!data.isMissingNode() && !quirks.images().seen()) {
                throw ChatJson.bad(where + name + ": model has no vision", name);
            }
            data(data, where + name, name);
        }
    }

    /// Looks at an image, sound or film, or at several.
    private static void data(JsonNode data, String where, String field) {
        if (data.isContainer()) {
            for (JsonNode one : data) {
                data(one, where, field);
            }
        } else if (data.isString() && !MediaData.isData(data.asString())) {
            throw ChatJson.bad(where + ": must be images or sounds in base64", field);
        }
    }
}

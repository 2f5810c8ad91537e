package cortex.core.dialect.openai;

import cortex.core.dialect.JsonText;
import cortex.core.failure.Failure;
import cortex.core.failure.Limit;
import cortex.core.failure.Outward;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Understands what engines answer when they refuse or fail, and makes one {@link Failure} of it:
/// llama-server's `{"error":{…}}`, mistral.rs' `{"message":…}` and plain text, FastAPI's `detail`,
/// and the neuron's own envelope. Statuses are put right where engines blame themselves for the
/// client's mistake. What an engine answers to a client's request is the client's to read,
/// shortened, as long as it is plain words; a sentence that may name a path or an address of the
/// host is the operator's alone.
public final class EngineErrors {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final int MAX_MESSAGE = 500;

    /// Last words have lines.
    private static final int MAX_WORDS = 4000;

    private static final String DIED = "engine_died";

    /// Engines' errors are short; what is longer is not read.
    private static final int LONGEST = 64 << 10;

    private static final Duration SOON = Duration.ofSeconds(5);

    private static final List<String> OVERFLOWS =
            List.of(
                    "exceeds the available context size",
                    "prompt sequence length is greater than",
                    "maximum context length",
                    "prompt is too long");

    /// Texts of a 500 that are the client's mistake (llama-server, observed).
    private static final List<String> CLIENT_MISTAKES =
            List.of(
                    "[json.exception",
                    "mmproj",
                    "image input is not supported",
                    "audio input is not supported",
                    "is too large to process",
                    "failed to parse tool call arguments",
                    "failed to parse messages",
                    "failed to parse tools",
                    "failed to parse grammar");

    /// Texts of an engine that is up but does not hold the model any more (mistral.rs).
    private static final List<String> MODEL_MISSING =
            List.of("is not available. available models", "no models are currently loaded");

    /// Texts of a 500 that will not be there in a moment (mistral.rs, while it loads once more).
    private static final List<String> LOADING = List.of("is being reloaded");

    /// What may stand as a code.
    private static final Pattern WORD = Pattern.compile("[\\w.-]{1,64}");

    private static final Pattern LLAMA_OVERFLOW =
            Pattern.compile("request \\((\\d+) tokens\\).*context size \\((\\d+) tokens");
    private static final Pattern MISTRALRS_OVERFLOW = Pattern.compile("greater than (\\d+)");
    private static final Pattern VLLM_OVERFLOW =
            Pattern.compile("context length is (\\d+) tokens.*?(\\d+) ", Pattern.DOTALL);

    private EngineErrors() {}

    /// Who said it: the model asked for and the node whose engine answered.
    public record Source(String model, String node) {}

    /// What an error answer means.
    public static Failure of(int status, byte[] body, Source source) {
        return of(status, Said.read(body), source);
    }

    /// What an error event inside a stream means; `data` is the event's JSON. An engine that puts
    /// no status into the event is taken to mean 500.
    public static Failure ofEvent(byte[] data, Source source) {
        Said said = Said.read(data);
        int status = said.counts().status();
        return of(status >= 400 && status < 600 ? status : 500, said, source);
    }

    /// An overflow that says "A tokens > B", which agents read to know how much to drop; `estimate`
    /// stands in for a prompt that the engine did not count. Other failures as they are.
    public static Failure counted(Failure failure, long estimate) {
        return failure instanceof Failure.ContextOverflow(_, Long prompt, Long limit)
                        && limit != null
                        && prompt == null
                ? overflow(Math.max(estimate, limit + 1), limit)
                : failure;
    }

    /// A prompt of `prompt` tokens for a context of `limit`.
    public static Failure.ContextOverflow overflow(long prompt, long limit) {
        return new Failure.ContextOverflow(overflowMessage(prompt, limit), prompt, limit);
    }

    private static Failure of(int status, Said said, Source source) {
        // The neuron's words name its replica, which means nothing to a client.
        if (said.is("engine_gone")) {
            return gone(source, "broke off before it answered.");
        }
        if (said.is(DIED)) {
            String end = said.untold() == null ? said.messageOr(status) : said.untold();
            return died(end, said.counts().requests(), source);
        }
        if (said.is("replica_gone")) {
            return gone(source, "has just been unloaded.");
        }
        if (said.is("exceed_context_size_error")
                || said.is("context_length_exceeded")
                || said.mentions(OVERFLOWS)) {
            return overflow(said);
        }
        if (said.mentions(MODEL_MISSING)) {
            return gone(source, "no longer holds it.");
        }
        if (said.mentions(LOADING)) {
            return new Failure.StillLoading(source.model(), source.node(), SOON);
        }
        String message = said.messageOr(status);
        if (status >= 500 && said.mentions(CLIENT_MISTAKES)) {
            return new Failure.EngineError(400, message, null, said.untold());
        }
        return byStatus(status, message, said, source);
    }

    private static Failure gone(Source source, String what) {
        String engine = "The engine of '" + source.model() + "' ";
        return new Failure.EngineGone(source.model(), engine + what, "on " + source.node());
    }

    /// What a neuron tells of an engine that ended while requests were in it; `reason` is how, and
    /// its last words.
    private static Failure died(String reason, long requests, Source source) {
        int end =
                Math.max(
                        reason.indexOf("the engine was ended"),
                        reason.indexOf("the engine exited"));
        String words = end < 0 ? reason : reason.substring(end);
        String how = words.endsWith("]") ? words.substring(0, words.length() - 1) : words;
        String ending = Outward.ending(how);
        return new Failure.EngineDied(
                source.model(),
                ending.startsWith("the engine") ? ending : "the engine ended",
                "on " + source.node() + ": " + how,
                (int) Math.min(requests, Integer.MAX_VALUE));
    }

    private static Failure byStatus(int status, String message, Said said, Source source) {
        return switch (status) {
            case 401, 403 ->
                    new Failure.EngineError(
                            502, "The engine did not accept this gateway's access.", null);
            case 404, 405, 501 ->
                    new Failure.EngineError(
                            400,
                            "The engine of '" + source.model() + "' does not do this: " + message,
                            "unsupported_by_engine",
                            said.untold());
            case 413 -> new Failure.EngineError(413, message, said.code(), said.untold());
            case 429 -> new Failure.Overloaded(message, Duration.ofSeconds(2), Limit.ENGINE);
            case 503 -> new Failure.StillLoading(source.model(), source.node(), SOON);
            default ->
                    status < 500
                            ? new Failure.EngineError(400, message, said.code(), said.untold())
                            : new Failure.EngineError(
                                    status == 502 || status == 504 ? status : 500,
                                    message,
                                    said.code(),
                                    said.untold());
        };
    }

    private static Failure overflow(Said said) {
        Long prompt = said.counts().promptTokens();
        Long limit = said.counts().limit();
        // These patterns look back and forth; what an engine says is of any length.
        String all = said.text() == null ? "" : said.text();
        String text = all.length() <= MAX_WORDS ? all : all.substring(0, MAX_WORDS);
        Matcher llama = LLAMA_OVERFLOW.matcher(text);
        Matcher vllm = VLLM_OVERFLOW.matcher(text);
        Matcher mistralrs = MISTRALRS_OVERFLOW.matcher(text);
        if (prompt == null && llama.find()) {
            prompt = number(llama.group(1));
            limit = number(llama.group(2));
        } else if (limit == null && vllm.find()) {
            limit = number(vllm.group(1));
            prompt = number(vllm.group(2));
        } else if (limit == null && mistralrs.find()) {
            limit = number(mistralrs.group(1));
        }
        return new Failure.ContextOverflow(overflowMessage(prompt, limit), prompt, limit);
    }

    /// The wording coding agents know and act on by compacting the conversation.
    private static String overflowMessage(@Nullable Long prompt, @Nullable Long limit) {
        if (prompt != null && limit != null) {
            return "prompt is too long: " + prompt + " tokens > " + limit + " maximum";
        }
        return limit == null
                ? "prompt is too long: it does not fit the model's context"
                : "prompt is too long: it does not fit the " + limit + " tokens maximum";
    }

    private static @Nullable Long number(String digits) {
        return digits.length() > 18 ? null : Long.valueOf(digits);
    }

    /// What the engine said, whatever shape it came in: `text` as it was, `message` the same when
    /// clients may read it, `untold` when they may not.
    private record Said(
            @Nullable String text,
            @Nullable String message,
            @Nullable String untold,
            @Nullable String type,
            @Nullable String code,
            Counts counts) {
        static Said read(byte[] body) {
            if (body.length > LONGEST) {
                return said(null, null, null, Counts.NONE);
            }
            try {
                JsonNode root = MAPPER.readTree(body);
                if (root != null && root.isObject()) {
                    return ofJson(root);
                }
            } catch (JacksonException e) {
                return ofText(body);
            }
            return ofText(body);
        }

        private static Said ofText(byte[] body) {
            String text = new String(body, StandardCharsets.UTF_8).strip();
            boolean readable = !text.isEmpty() && !text.startsWith("<");
            return said(readable ? text : null, null, null, Counts.NONE);
        }

        private static Said ofJson(JsonNode root) {
            JsonNode error = root.path("error");
            JsonNode at = error.isObject() ? error : root;
            String message = error.isString() ? error.asString() : string(at, "message");
            if (message == null) {
                message = string(at, "detail");
            }
            String code = string(at, "code");
            return said(
                    message,
                    string(at, "type"),
                    code != null && WORD.matcher(code).matches() ? code : null,
                    new Counts(
                            at.path("code").isInt() ? at.path("code").asInt() : 0,
                            count(at, "n_prompt_tokens"),
                            count(at, "n_ctx"),
                            Math.max(0, at.path("in_flight").asLong(0))));
        }

        private static Said said(
                @Nullable String text,
                @Nullable String type,
                @Nullable String code,
                Counts counts) {
            String all = text == null ? null : JsonText.shorten(text, MAX_MESSAGE);
            String message = all == null || !Outward.isPlain(all) ? null : all;
            String untold = message == null ? all : null;
            if (text != null && DIED.equals(code)) {
                untold = text.length() <= MAX_WORDS ? text : text.substring(0, MAX_WORDS) + "…";
            }
            return new Said(all, message, untold, type, code, counts);
        }

        /// The numbers in it: `status` is 0 when there is none, `requests` were in the engine.
        private record Counts(
                int status, @Nullable Long promptTokens, @Nullable Long limit, long requests) {
            static final Counts NONE = new Counts(0, null, null, 0);
        }

        private static @Nullable String string(JsonNode node, String name) {
            JsonNode value = node.path(name);
            return value.isString() && !value.asString().isBlank() ? value.asString() : null;
        }

        private static @Nullable Long count(JsonNode node, String name) {
            JsonNode value = node.path(name);
            return value.isIntegralNumber() && value.canConvertToLong() ? value.asLong() : null;
        }

        boolean is(String word) {
            return word.equals(type) || word.equals(code);
        }

        boolean mentions(List<String> texts) {
            if (text == null) {
                return false;
            }
            String lower = text.toLowerCase(Locale.ROOT);
            return texts.stream().anyMatch(lower::contains);
        }

        /// Its words, or, of an answer with this status, that they are not told.
        String messageOr(int answered) {
            if (message != null) {
                return message;
            }
            return text == null
                    ? "The engine answered " + answered + " without a reason."
                    : "The engine answered "
                            + answered
                            + "; its words may name parts of its host, so that only the operator"
                            + " reads them.";
        }
    }
}

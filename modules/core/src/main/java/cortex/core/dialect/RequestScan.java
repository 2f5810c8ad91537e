package cortex.core.dialect;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;

/// What the gateway needs to know of a request's body, read in one pass without building a tree.
/// Everything else in the body is left to the engine, but the whole body is checked to be one JSON
/// object.
///
/// @param modelName the model's name, and where it stands
/// @param stream whether the answer is to be streamed
/// @param includeUsage whether usage is wanted in the stream
/// @param oddity what in a chat request some engine would choke on
/// @param conversation a number that the requests of one conversation have in common; 0: not known
/// @param cost what it costs whoever serves it
/// @param notices what in it has to be looked at before an engine gets it as it came
public record RequestScan(
        ModelName modelName,
        boolean stream,
        boolean includeUsage,
        Oddity oddity,
        long conversation,
        RequestCost cost,
        RequestNotices notices) {
    private static final byte[] TRANSLATED = "{\"model\":\"".getBytes(StandardCharsets.US_ASCII);

    /// The model's name, and where its JSON string is in the body: from `start`, with the quote, to
    /// `end`, exclusive.
    public record ModelName(String name, int start, int end) {
        /// The body with another name in its place and every other byte as it was; the same array
        /// when the name already is the one asked for.
        public byte[] replaced(byte[] body, String other) {
            if (other.equals(name)) {
                return body;
            }
            byte[] quoted = JsonText.quote(other);
            byte[] out = new byte[body.length - (end - start) + quoted.length];
            System.arraycopy(body, 0, out, 0, start);
            System.arraycopy(quoted, 0, out, start, quoted.length);
            System.arraycopy(body, end, out, start + quoted.length, body.length - end);
            return out;
        }

        private ModelName shifted(int bytes) {
            return new ModelName(name, start + bytes, end + bytes);
        }
    }

    /// The model's name.
    public String model() {
        return modelName.name();
    }

    /// What valid chat requests may hold and engines trip over.
    ///
    /// @param arguments whether a tool call in the history has arguments that are no JSON object's
    ///   text, or have half of a surrogate pair in it
    /// @param noTools whether there is a list of tools with nothing in it, or a choice without a
    ///   list
    /// @param chosenTool whether the choice of tools is an object
    public record Oddity(boolean arguments, boolean noTools, boolean chosenTool) {}

    /// Reads a request's body that keeps to the usual limits.
    ///
    /// @throws FailureException with a {@link Failure.BadRequest} when the body is not one JSON
    ///   object with a usable `model`
    public static RequestScan of(byte[] body) {
        return of(body, RequestLimits.USUAL);
    }

    /// Reads a request's body.
    ///
    /// @throws FailureException with a {@link Failure.BadRequest} when the body is not one JSON
    ///   object with a usable `model`, or holds more than `limits` allow
    /// @throws java.util.concurrent.CancellationException when the thread is interrupted
    public static RequestScan of(byte[] body, RequestLimits limits) {
        checkFirstBytes(body);
        RequestReader reader = new RequestReader(body, limits);
        try (JsonParser json = limits.factory().createParser(ObjectReadContext.empty(), body)) {
            try {
                reader.whole(json);
            } catch (JacksonException e) {
                throw new FailureException(
                        new Failure.BadRequest(describe(e, json, limits), null), e);
            }
            return reader.result(json.currentTokenCount());
        }
    }

    /// How many answers the request asks for, at least 1: what it weighs where shares are fair.
    public int weight() {
        return cost.weight();
    }

    /// Of a translated request, which is streamed, tells its usage and has nothing odd in it. Only
    /// its model is looked for, which it begins with.
    public static RequestScan ofTranslated(byte[] body) {
        int head = TRANSLATED.length;
        if (body.length < head || !Arrays.equals(body, 0, head, TRANSLATED, 0, head)) {
            return of(body);
        }
        int end = head;
        while (end < body.length && body[end] != '"') {
            if (body[end] == '\\') {
                return of(body);
            }
            end++;
        }
        String name = new String(body, head, end - head, StandardCharsets.UTF_8);
        ModelName model = new ModelName(name, head - 1, end + 1);
        Oddity none = new Oddity(false, false, false);
        RequestCost cost = RequestCost.of(0, body.length, 1, 1);
        return new RequestScan(model, true, true, none, 0, cost, RequestNotices.NONE);
    }

    /// The number for a conversation to which the client gave a name.
    public static long conversation(String name) {
        return ConversationMark.of(name);
    }

    /// The same for a body into which `bytes` more were put before the model's name.
    public RequestScan shifted(int bytes) {
        return new RequestScan(
                modelName.shifted(bytes),
                stream,
                includeUsage,
                oddity,
                conversation,
                cost,
                notices);
    }

    /// Jackson would guess UTF-16 and UTF-32 from the first bytes and skip a byte order mark; the
    /// engines would not, and offsets would be off.
    private static void checkFirstBytes(byte[] body) {
        int first = 0;
        while (first < body.length && isSpace(body[first])) {
            first++;
        }
        if (first == body.length) {
            throw bad("The request body is empty; send a JSON object.", null);
        }
        if (body.length >= 3
                && body[0] == (byte) 0xEF
                && body[1] == (byte) 0xBB
                && body[2] == (byte) 0xBF) {
            throw bad("The request body starts with a byte order mark; send it without.", null);
        }
        if (body[first] != '{' || (body.length > 1 && (body[0] == 0 || body[1] == 0))) {
            throw bad("The request body must be a JSON object in UTF-8.", null);
        }
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    private static String describe(JacksonException e, JsonParser json, RequestLimits limits) {
        if (json.currentTokenCount() > limits.maxTokens()) {
            return tooManyTokens(limits);
        }
        int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
        int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
        return "The request body is not valid JSON (line "
                + line
                + ", column "
                + column
                + "): "
                + JsonText.reason(e);
    }

    static String tooManyTokens(RequestLimits limits) {
        return "The request body holds more than "
                + limits.maxTokens()
                + " JSON tokens (max_json_tokens); send fewer or larger pieces.";
    }

    static FailureException bad(String message, @Nullable String param) {
        return new FailureException(new Failure.BadRequest(message, param));
    }
}

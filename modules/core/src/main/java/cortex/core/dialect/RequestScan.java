package cortex.core.dialect;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/// What the gateway needs to know of a request's body, read in one pass without building a tree.
/// Everything else in the body is left to the engine, but the whole body is checked to be one JSON
/// object.
///
/// @param model the model's name
/// @param modelStart where its JSON string begins in the body, with the quote
/// @param modelEnd where it ends, exclusive
/// @param stream whether the answer is to be streamed
/// @param includeUsage whether usage is wanted in the stream
/// @param oddity what in a chat request some engine would choke on
/// @param conversation a number that the requests of one conversation have in common; 0: not known
/// @param cost what it costs whoever serves it
/// @param notices what in it has to be looked at before an engine gets it as it came
public record RequestScan(
        String model,
        int modelStart,
        int modelEnd,
        boolean stream,
        boolean includeUsage,
        Oddity oddity,
        long conversation,
        RequestCost cost,
        RequestNotices notices) {
    private static final byte[] TRANSLATED = "{\"model\":\"".getBytes(StandardCharsets.US_ASCII);

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
        Reader reader = new Reader(body, limits);
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

    /// A bound on the heap that a tree of the body takes; known before there is one.
    public long treeBytes() {
        return cost.treeBytes();
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
        String model = new String(body, head, end - head, StandardCharsets.UTF_8);
        Oddity none = new Oddity(false, false, false);
        RequestCost cost = RequestCost.of(0, body.length, 1, 1);
        return new RequestScan(
                model, head - 1, end + 1, true, true, none, 0, cost, RequestNotices.NONE);
    }

    /// The number for a conversation to which the client gave a name.
    public static long conversation(String name) {
        return ConversationMark.of(name);
    }

    /// The same for a body into which `bytes` more were put before the model's name.
    public RequestScan shifted(int bytes) {
        return new RequestScan(
                model,
                modelStart + bytes,
                modelEnd + bytes,
                stream,
                includeUsage,
                oddity,
                conversation,
                cost,
                notices);
    }

    /// The body with the model's name replaced and every other byte as it was; the same array when
    /// the name already is the one asked for.
    public byte[] withModel(byte[] body, String name) {
        if (name.equals(model)) {
            return body;
        }
        byte[] quoted = JsonText.quote(name);
        byte[] out = new byte[body.length - (modelEnd - modelStart) + quoted.length];
        System.arraycopy(body, 0, out, 0, modelStart);
        System.arraycopy(quoted, 0, out, modelStart, quoted.length);
        System.arraycopy(body, modelEnd, out, modelStart + quoted.length, body.length - modelEnd);
        return out;
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

    private static String tooManyTokens(RequestLimits limits) {
        return "The request body holds more than "
                + limits.maxTokens()
                + " JSON tokens (max_json_tokens); send fewer or larger pieces.";
    }

    private static FailureException bad(String message, @Nullable String param) {
        return new FailureException(new Failure.BadRequest(message, param));
    }

    /// What has been read of the top level so far.
    private static final class Reader {
        /// How deep a turn's own properties stand in a list of turns, and those of its parts.
        private static final int TURN = 1;

        private static final int PART = 3;

        private final RequestLimits limits;
        private final ConversationMark conversation;
        private final RequestNotices.Watch notices;
        private final int length;
        private @Nullable String model;
        private int start;
        private int end;
        private boolean stream;
        private boolean includeUsage;
        private boolean oddArguments;
        private boolean choice;
        private boolean choiceObject;
        private boolean tools;
        private boolean emptyTools;
        private long argumentTokens;
        private int turns;
        private int parts;
        private int toolCount;
        private int prompts;
        private int each;

        Reader(byte[] body, RequestLimits limits) {
            this.limits = limits;
            this.length = body.length;
            this.conversation = new ConversationMark(body);
            this.notices = new RequestNotices.Watch(body);
        }

        void whole(JsonParser json) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw bad("The request body must be a JSON object.", null);
            }
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                Interrupts.check();
                property(json);
            }
            if (json.nextToken() != null) {
                throw bad("The request body goes on after the end of its JSON object.", null);
            }
        }

        /// Reads one property; the parser stands on its name.
        private void property(JsonParser json) {
            String name = json.currentName();
            JsonToken token = json.nextToken();
            notices.field(name, json, token);
            switch (name) {
                case "model" -> model(json, token);
                case "stream" -> stream = flag(token, "stream");
                case "stream_options" -> options(json, token);
                case "messages" -> turns(json, token, name);
                case "input" -> input(json, token);
                case "prompt", "content" -> prompt(json, token, name);
                case "documents", "texts" -> prompts = Math.max(prompts, elements(json, token));
                case "n", "n_cmpl", "best_of" -> each = Math.max(each, count(json, token));
                case "tools" -> tools(json, token);
                case "tool_choice" -> {
                    choiceObject = token == JsonToken.START_OBJECT;
                    choice = token != JsonToken.VALUE_NULL;
                    json.skipChildren();
                }
                default -> conversation.property(name, json, token);
            }
        }

        /// Goes through it as skipping would, with an eye on the arguments of tool calls.
        private void turns(JsonParser json, JsonToken token, String name) {
            if (token != JsonToken.START_ARRAY) {
                json.skipChildren();
                return;
            }
            int depth = 1;
            while (depth > 0) {
                JsonToken next = json.nextToken();
                if (next == null) {
                    return;
                }
                turn(next, depth, name);
                conversation.turn(json, next, depth);
                notices.turn(json, next, depth);
                if (next.isStructStart()) {
                    depth++;
                } else if (next.isStructEnd()) {
                    depth--;
                } else if (next == JsonToken.PROPERTY_NAME
                        && json.currentName().equals("arguments")
                        && "function".equals(json.streamReadContext().getParent().currentName())) {
                    JsonToken value = json.nextToken();
                    oddArguments |= value != JsonToken.VALUE_STRING || !isObject(json.getString());
                    depth += value.isStructStart() ? 1 : 0;
                }
            }
        }

        /// Counts the turn or the part that a token begins.
        private void turn(JsonToken token, int depth, String name) {
            if (depth == TURN && !token.isStructEnd()) {
                Interrupts.check();
                turns++;
                if (turns > limits.maxTurns()) {
                    throw tooMany(name, limits.maxTurns(), "turns", "max_turns");
                }
            } else if (depth == PART && token == JsonToken.START_OBJECT) {
                parts++;
                if (parts > limits.maxParts()) {
                    throw tooMany(name, limits.maxParts(), "content parts", "max_parts");
                }
            }
        }

        private static FailureException tooMany(String name, int most, String what, String key) {
            String message = name + ": at most " + most + " " + what + " are taken (" + key + ")";
            return bad(message + "; send fewer.", name);
        }

        /// A text, texts, tokens, lists of tokens or llama-server's objects; or a list of turns,
        /// which is one prompt.
        private void input(JsonParser json, JsonToken token) {
            if (token != JsonToken.START_ARRAY) {
                conversation.property("input", json, token);
                return;
            }
            int several = 0;
            boolean numbers = false;
            for (int depth = 1; depth > 0; ) {
                JsonToken next = json.nextToken();
                if (next == null) {
                    return;
                }
                boolean text = next == JsonToken.VALUE_STRING || next == JsonToken.START_ARRAY;
                if (depth == 1 && next.isNumeric()) {
                    numbers = true;
                } else if (depth == 1 && text) {
                    several++;
                } else {
                    several += isPrompt(json, next, depth) ? 1 : 0;
                    turn(next, depth, "input");
                    notices.prompt(json, next);
                }
                conversation.turn(json, next, depth);
                depth += next.isStructStart() ? 1 : next.isStructEnd() ? -1 : 0;
            }
            prompts = Math.max(prompts, numbers ? 1 : several);
        }

        private static boolean isPrompt(JsonParser json, JsonToken token, int depth) {
            return depth == 2
                    && token == JsonToken.PROPERTY_NAME
                    && json.currentName().equals("prompt_string");
        }

        /// As llama-server reads it: a list with a number in it is one prompt, any other has one in
        /// each element.
        private void prompt(JsonParser json, JsonToken token, String name) {
            if (token == JsonToken.START_OBJECT) {
                promptObject(json);
                return;
            }
            if (token != JsonToken.START_ARRAY) {
                conversation.property(name, json, token);
                return;
            }
            int several = 0;
            boolean numbers = false;
            for (JsonToken next; (next = json.nextToken()) != JsonToken.END_ARRAY; ) {
                if (next == null) {
                    return;
                }
                numbers |= next.isNumeric();
                several++;
                if (next == JsonToken.START_OBJECT) {
                    promptObject(json);
                } else if (name.equals("prompt")) {
                    conversation.text(json, next);
                } else {
                    json.skipChildren();
                }
            }
            prompts = Math.max(prompts, numbers ? 1 : several);
        }

        /// A prompt with images or sounds, as llama-server takes it.
        private void promptObject(JsonParser json) {
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                notices.prompt(json, JsonToken.PROPERTY_NAME);
                json.nextToken();
                json.skipChildren();
            }
        }

        private static int elements(JsonParser json, JsonToken token) {
            if (token != JsonToken.START_ARRAY) {
                json.skipChildren();
                return 0;
            }
            int count = 0;
            for (JsonToken next; (next = json.nextToken()) != JsonToken.END_ARRAY; ) {
                if (next == null) {
                    return count;
                }
                json.skipChildren();
                count++;
            }
            return count;
        }

        /// A number of answers; 0 when it is none.
        private static int count(JsonParser json, JsonToken token) {
            if (token.isNumeric()) {
                double asked = json.getDoubleValue();
                return asked >= Integer.MAX_VALUE ? Integer.MAX_VALUE : (int) Math.ceil(asked);
            }
            json.skipChildren();
            return 0;
        }

        /// Whether a text is one JSON object. Its tokens count as the body's do: whoever repairs or
        /// renders it reads them again.
        private boolean isObject(String text) {
            if (!LoneSurrogates.replaced(text).equals(text)) {
                return false;
            }
            try (JsonParser json = limits.factory().createParser(ObjectReadContext.empty(), text)) {
                boolean object = isObject(json);
                argumentTokens += json.currentTokenCount();
                if (argumentTokens > limits.maxTokens()) {
                    throw bad(tooManyTokens(limits), "messages");
                }
                return object;
            }
        }

        private static boolean isObject(JsonParser json) {
            try {
                if (json.nextToken() != JsonToken.START_OBJECT) {
                    return false;
                }
                json.skipChildren();
                return json.nextToken() == null;
            } catch (JacksonException e) {
                return false;
            }
        }

        private void tools(JsonParser json, JsonToken token) {
            tools = token != JsonToken.VALUE_NULL;
            if (token != JsonToken.START_ARRAY) {
                json.skipChildren();
                return;
            }
            emptyTools = true;
            for (int depth = 1; depth > 0; ) {
                JsonToken next = json.nextToken();
                if (next == null) {
                    return;
                }
                if (depth == 1 && !next.isStructEnd()) {
                    emptyTools = false;
                    tool();
                } else if (depth == PART
                        && next == JsonToken.START_OBJECT
                        && json.streamReadContext().getParent().inArray()) {
                    tool();
                }
                notices.tool(json, next, depth);
                depth += next.isStructStart() ? 1 : next.isStructEnd() ? -1 : 0;
            }
        }

        /// Counts a tool, in the list or in a namespace of the list.
        private void tool() {
            Interrupts.check();
            toolCount++;
            if (toolCount > limits.maxTools()) {
                throw tooMany("tools", limits.maxTools(), "tools", "max_tools");
            }
        }

        private void model(JsonParser json, JsonToken token) {
            if (model != null) {
                throw bad("'model' is given more than once.", "model");
            }
            if (token != JsonToken.VALUE_STRING) {
                throw bad("'model' must be a string.", "model");
            }
            start = (int) json.currentTokenLocation().getByteOffset();
            model = json.getString();
            end = (int) json.currentLocation().getByteOffset();
            if (model.isBlank()) {
                throw bad("'model' is empty.", "model");
            }
        }

        private void options(JsonParser json, JsonToken token) {
            if (token == JsonToken.VALUE_NULL) {
                return;
            }
            if (token != JsonToken.START_OBJECT) {
                throw bad("'stream_options' must be an object.", "stream_options");
            }
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                boolean usage = "include_usage".equals(json.currentName());
                JsonToken value = json.nextToken();
                if (usage) {
                    includeUsage = flag(value, "stream_options.include_usage");
                } else {
                    json.skipChildren();
                }
            }
        }

        private static boolean flag(JsonToken token, String name) {
            return switch (token) {
                case VALUE_TRUE -> true;
                case VALUE_FALSE, VALUE_NULL -> false;
                default -> throw bad("'" + name + "' must be true or false.", name);
            };
        }

        RequestScan result(long bodyTokens) {
            if (model == null) {
                throw bad(
                        "'model' is missing; GET /v1/models lists what can be asked for.", "model");
            }
            boolean noTools = emptyTools || (choice && !tools);
            Oddity oddity = new Oddity(oddArguments, noTools, choiceObject && !noTools);
            RequestCost cost = RequestCost.of(bodyTokens + argumentTokens, length, prompts, each);
            return new RequestScan(
                    model,
                    start,
                    end,
                    stream,
                    includeUsage,
                    oddity,
                    conversation.value(),
                    cost,
                    notices.seen());
        }
    }
}

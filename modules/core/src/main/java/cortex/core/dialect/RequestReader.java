package cortex.core.dialect;

import cortex.core.failure.FailureException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/// Reads a request's body for its scan: what of the top level has been read so far.
final class RequestReader {
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

    RequestReader(byte[] body, RequestLimits limits) {
        this.limits = limits;
        this.length = body.length;
        this.conversation = new ConversationMark(body);
        this.notices = new RequestNotices.Watch(body);
    }

    void whole(JsonParser json) {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw RequestScan.bad("The request body must be a JSON object.", null);
        }
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            Interrupts.check();
            property(json);
        }
        if (json.nextToken() != null) {
            throw RequestScan.bad(
                    "The request body goes on after the end of its JSON object.", null);
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
            case "query", "queries", "items", "data_1", "data_2", "text_1", "text_2" ->
                    looked(json, token);
            case "chat_template_kwargs" -> templateArguments(json, token);
            case "n", "n_cmpl", "best_of" -> each = Math.max(each, count(json, token, name));
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
            if (token == JsonToken.START_OBJECT) {
                notices.noTurns();
            }
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
        return RequestScan.bad(message + "; send fewer.", name);
    }

    /// A text, texts, tokens, lists of tokens or llama-server's objects; or a list of turns, which
    /// is one prompt.
    private void input(JsonParser json, JsonToken token) {
        if (token == JsonToken.START_OBJECT) {
            promptObject(json);
            return;
        }
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
            } else if (next == JsonToken.START_ARRAY) {
                looked(json, next);
            } else if (name.equals("prompt")) {
                conversation.text(json, next);
            } else {
                json.skipChildren();
            }
        }
        if (several == 0 && name.equals("prompt")) {
            throw RequestScan.bad("prompt: the list is empty; put a text into it.", name);
        }
        prompts = Math.max(prompts, numbers ? 1 : several);
    }

    /// A prompt with images or sounds, as llama-server takes it.
    private void promptObject(JsonParser json) {
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            notices.prompt(json, JsonToken.PROPERTY_NAME);
            looked(json, json.nextToken());
        }
    }

    /// Goes through a value as skipping would, with an eye on what is no text.
    private void looked(JsonParser json, @Nullable JsonToken token) {
        int depth = token != null && token.isStructStart() ? 1 : 0;
        while (depth > 0) {
            JsonToken next = json.nextToken();
            if (next == null) {
                return;
            }
            notices.prompt(json, next);
            depth += next.isStructStart() ? 1 : next.isStructEnd() ? -1 : 0;
        }
    }

    private void templateArguments(JsonParser json, JsonToken token) {
        if (token != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            notices.templateArgument(json.currentName());
            json.nextToken();
            json.skipChildren();
        }
    }

    private int elements(JsonParser json, JsonToken token) {
        if (token != JsonToken.START_ARRAY) {
            looked(json, token);
            return 0;
        }
        int count = 0;
        for (JsonToken next; (next = json.nextToken()) != JsonToken.END_ARRAY; ) {
            if (next == null) {
                return count;
            }
            looked(json, next);
            count++;
        }
        return count;
    }

    /// A number of answers; 0 for null. Engines read what is no number in ways of their own.
    private static int count(JsonParser json, JsonToken token, String name) {
        if (token.isNumeric()) {
            double asked = json.getDoubleValue();
            return asked >= Integer.MAX_VALUE ? Integer.MAX_VALUE : (int) Math.ceil(asked);
        }
        if (token != JsonToken.VALUE_NULL) {
            throw RequestScan.bad("'" + name + "' must be a number.", name);
        }
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
                throw RequestScan.bad(RequestScan.tooManyTokens(limits), "messages");
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
            throw RequestScan.bad("'model' is given more than once.", "model");
        }
        if (token != JsonToken.VALUE_STRING) {
            throw RequestScan.bad("'model' must be a string.", "model");
        }
        start = (int) json.currentTokenLocation().getByteOffset();
        model = json.getString();
        end = (int) json.currentLocation().getByteOffset();
        if (model.isBlank()) {
            throw RequestScan.bad("'model' is empty.", "model");
        }
    }

    private void options(JsonParser json, JsonToken token) {
        if (token == JsonToken.VALUE_NULL) {
            return;
        }
        if (token != JsonToken.START_OBJECT) {
            throw RequestScan.bad("'stream_options' must be an object.", "stream_options");
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
            default -> throw RequestScan.bad("'" + name + "' must be true or false.", name);
        };
    }

    RequestScan result(long bodyTokens) {
        if (model == null) {
            throw RequestScan.bad("'model' is missing. GET /v1/models lists the models.", "model");
        }
        boolean noTools = emptyTools || (choice && !tools);
        RequestScan.Oddity oddity =
                new RequestScan.Oddity(oddArguments, noTools, choiceObject && !noTools);
        RequestCost cost = RequestCost.of(bodyTokens + argumentTokens, length, prompts, each);
        return new RequestScan(
                new RequestScan.ModelName(model, start, end),
                stream,
                includeUsage,
                oddity,
                conversation.value(),
                cost,
                notices.seen());
    }
}

package cortex.core.dialect.chat.stream;

/// Recognises the chunks that a stream mostly consists of, in one pass and without a tree: one
/// choice with text, reasoning, or a piece of one tool call's arguments. Everything else (ends,
/// usage, errors, starts of calls, odd spellings) it leaves to {@link ChunkTree}.
final class PlainChunk {
    private static final byte[] CHOICES = JsonBuffer.ascii("choices");
    private static final byte[] USAGE = JsonBuffer.ascii("usage");
    private static final byte[] TIMINGS = JsonBuffer.ascii("timings");
    private static final byte[] PROGRESS = JsonBuffer.ascii("prompt_progress");
    private static final byte[] ERROR = JsonBuffer.ascii("error");
    private static final byte[] INDEX = JsonBuffer.ascii("index");
    private static final byte[] DELTA = JsonBuffer.ascii("delta");
    private static final byte[] MESSAGE = JsonBuffer.ascii("message");
    private static final byte[] FINISH_REASON = JsonBuffer.ascii("finish_reason");
    private static final byte[] CONTENT = JsonBuffer.ascii("content");
    private static final byte[] REASONING_CONTENT = JsonBuffer.ascii("reasoning_content");
    private static final byte[] REASONING = JsonBuffer.ascii("reasoning");
    private static final byte[] REFUSAL = JsonBuffer.ascii("refusal");
    private static final byte[] TOOL_CALLS = JsonBuffer.ascii("tool_calls");
    private static final byte[] ID = JsonBuffer.ascii("id");
    private static final byte[] NAME = JsonBuffer.ascii("name");
    private static final byte[] FUNCTION = JsonBuffer.ascii("function");
    private static final byte[] ARGUMENTS = JsonBuffer.ascii("arguments");

    private final JsonCursor json = new JsonCursor();
    private final JsonSlice content = new JsonSlice();
    private final JsonSlice reasoning = new JsonSlice();
    private final JsonSlice arguments = new JsonSlice();

    /// Made once: a chunk must not cost an object.
    private final Property root = this::root;

    private final Property choice = this::choice;
    private final Property delta = this::delta;
    private final Property toolCall = this::toolCall;
    private final Property function = this::function;
    private byte[] bytes = {};
    private int toolIndex;
    private boolean seen;

    /// Reads a chunk's JSON. False: it is none of these, and nothing read from it counts.
    boolean read(byte[] source, int from, int to) {
        bytes = source;
        json.reset(source, from, to);
        content.clear();
        reasoning.clear();
        arguments.clear();
        toolIndex = -1;
        seen = false;
        return object(root) && json.atEnd() && seen;
    }

    JsonSlice content() {
        return content;
    }

    JsonSlice reasoning() {
        return reasoning;
    }

    /// The engine's index of the tool call whose arguments go on; -1 when there is none.
    int toolIndex() {
        return toolIndex;
    }

    JsonSlice arguments() {
        return arguments;
    }

    private interface Property {
        /// Reads the value of the key that was just taken.
        boolean read();
    }

    private boolean object(Property property) {
        if (!json.take('{')) {
            return false;
        }
        if (json.take('}')) {
            return true;
        }
        do {
            if (!json.key() || !property.read()) {
                return false;
            }
        } while (json.take(','));
        return json.take('}');
    }

    private boolean root() {
        if (json.is(CHOICES)) {
            boolean first = !seen;
            seen = true;
            return first && json.take('[') && object(choice) && json.take(']');
        }
        boolean telling = json.is(USAGE) || json.is(TIMINGS) || json.is(PROGRESS) || json.is(ERROR);
        return telling ? json.takeNull() : json.skip();
    }

    private boolean choice() {
        if (json.is(DELTA)) {
            return object(delta);
        }
        if (json.is(INDEX)) {
            return json.smallNumber() == 0;
        }
        boolean telling = json.is(FINISH_REASON) || json.is(MESSAGE);
        return telling ? json.takeNull() : json.skip();
    }

    private boolean delta() {
        if (json.is(CONTENT)) {
            return text(content);
        }
        if (json.is(REASONING_CONTENT)) {
            return reasoning.isEmpty() && text(reasoning);
        }
        if (json.is(REASONING)) {
            return reasoning.isEmpty() && text(reasoning);
        }
        if (json.is(TOOL_CALLS)) {
            return json.takeNull() || toolCalls();
        }
        return json.is(REFUSAL) ? json.takeNull() : json.skip();
    }

    private boolean text(JsonSlice into) {
        if (json.takeNull()) {
            return true;
        }
        if (!json.string()) {
            return false;
        }
        into.set(bytes, json.stringFrom(), json.stringTo());
        return true;
    }

    private boolean toolCalls() {
        return json.take('[')
                && toolIndex < 0
                && object(toolCall)
                && json.take(']')
                && toolIndex >= 0;
    }

    private boolean toolCall() {
        if (json.is(INDEX)) {
            toolIndex = json.smallNumber();
            return toolIndex >= 0;
        }
        if (json.is(FUNCTION)) {
            return object(function);
        }
        return json.is(ID) ? json.takeNull() : json.skip();
    }

    private boolean function() {
        if (json.is(ARGUMENTS)) {
            return text(arguments);
        }
        return json.is(NAME) ? json.takeNull() : json.skip();
    }
}

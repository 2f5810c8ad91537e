package cortex.core.dialect;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Tells in one pass over the bytes of a chunk's JSON what kind of chunk it is, without parsing or
/// allocating: keys are told from values by their place, so text that looks like JSON deceives
/// nobody. One object is used for all lines of a stream.
final class ChunkLine {
    private static final byte[] CONTENT = ascii("content");
    private static final byte[] REASONING_CONTENT = ascii("reasoning_content");
    private static final byte[] REASONING = ascii("reasoning");
    private static final byte[] REFUSAL = ascii("refusal");
    private static final byte[] TEXT = ascii("text");
    private static final byte[] TOOL_CALLS = ascii("tool_calls");
    private static final byte[] FINISH_REASON = ascii("finish_reason");
    private static final byte[] USAGE = ascii("usage");
    private static final byte[] TIMINGS = ascii("timings");
    private static final byte[] ERROR = ascii("error");
    private static final byte[] CHOICES = ascii("choices");

    /// Depth of the root object's keys, of a choice's and of its delta's.
    private static final int ROOT = 1;

    private static final int CHOICE = 3;
    private static final int DELTA = 4;

    private byte[] bytes = {};
    private int end;
    private boolean content;
    private boolean last;
    private boolean error;
    private boolean noChoices;

    /// Reads one line's JSON, from `from` to `to` exclusive.
    void read(byte[] source, int from, int to) {
        bytes = source;
        end = to;
        content = false;
        last = false;
        error = false;
        noChoices = false;
        int depth = 0;
        int i = from;
        while (i < to) {
            byte b = source[i];
            if (b == '"') {
                int close = closingQuote(i + 1);
                int value = valueStart(close + 1);
                if (value > 0 && depth <= DELTA) {
                    key(i + 1, close, value, depth);
                }
                i = close;
            } else if (b == '{' || b == '[') {
                depth++;
            } else if (b == '}' || b == ']') {
                depth--;
            }
            i++;
        }
    }

    /// Whether it carries text, reasoning or a tool call.
    boolean content() {
        return content;
    }

    /// Whether it has a finish reason, usage or timings, and is worth parsing.
    boolean last() {
        return last;
    }

    /// Whether it is an error instead of a chunk.
    boolean error() {
        return error;
    }

    /// Whether it has a list of choices with nothing in it, as chunks that only tell usage have.
    boolean noChoices() {
        return noChoices;
    }

    private int closingQuote(int from) {
        int i = from;
        while (i < end && bytes[i] != '"') {
            i += bytes[i] == '\\' ? 2 : 1;
        }
        return Math.min(i, end);
    }

    /// Where the value begins when a colon follows at `from`, else 0.
    private int valueStart(int from) {
        int i = skipSpaces(from);
        int value = i < end && bytes[i] == ':' ? skipSpaces(i + 1) : 0;
        return value < end ? value : 0;
    }

    private int skipSpaces(int from) {
        int i = from;
        while (i < end && (bytes[i] == ' ' || bytes[i] == '\t')) {
            i++;
        }
        return i;
    }

    private void key(int from, int to, int value, int depth) {
        byte first = bytes[value];
        if (depth == ROOT) {
            last |= first == '{' && (is(from, to, USAGE) || is(from, to, TIMINGS));
            error |= first != 'n' && is(from, to, ERROR);
            noChoices |= first == '[' && is(from, to, CHOICES) && isEmptyList(value);
        } else if (depth >= CHOICE && first == '"') {
            text(from, to, value);
        } else if (depth >= CHOICE && first == '[' && is(from, to, TOOL_CALLS)) {
            content |= !isEmptyList(value);
        }
    }

    private boolean isEmptyList(int bracket) {
        int inner = skipSpaces(bracket + 1);
        return inner >= end || bytes[inner] == ']';
    }

    private void text(int from, int to, int value) {
        if (value + 1 < end && bytes[value + 1] == '"') {
            return;
        }
        if (is(from, to, FINISH_REASON)) {
            last = true;
        } else if (is(from, to, CONTENT)
                || is(from, to, REASONING_CONTENT)
                || is(from, to, TEXT)
                || is(from, to, REASONING)
                || is(from, to, REFUSAL)) {
            content = true;
        }
    }

    private boolean is(int from, int to, byte[] key) {
        return to - from == key.length && Arrays.equals(bytes, from, to, key, 0, key.length);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

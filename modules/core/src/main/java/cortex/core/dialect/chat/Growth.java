package cortex.core.dialect.chat;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Holds what is made of a request to what was counted for it before: each of its texts may come
/// twice, and something may stand around each of its values. A request that would become more,
/// whatever in it is told over and over, is refused before it is written.
public final class Growth {
    /// How often a text may come: an id stands in a call and in its result, and JSON within a text
    /// has its quotes escaped.
    private static final int TEXTS = 2;

    /// Bytes that stand around one value at most, on average: a tool of a name alone gets schema,
    /// type and function.
    private static final int AROUND = 96;

    /// What any request may become: options, and the tools that are known by their types.
    private static final int ALWAYS = 32 << 10;

    private static final int PART = 512;
    private static final int ESCAPED = 6;

    private final long most;

    private Growth(long most) {
        this.most = most;
    }

    /// For a request of so many bytes and values of JSON.
    public static Growth of(long length, long values) {
        return new Growth(TEXTS * length + AROUND * values + ALWAYS);
    }

    /// For the request that `tree` was read from.
    public static Growth of(long length, JsonNode tree) {
        return of(length, values(tree));
    }

    private static long values(JsonNode tree) {
        long values = 1;
        for (JsonNode value : tree) {
            values += value.isContainer() ? values(value) : 1;
        }
        return values;
    }

    /// Lets through what was made of the request with these images.
    ///
    /// @throws FailureException when it is more than there may be
    public void check(JsonNode made, Images images) {
        long room = most + images.fetchedLength();
        if (written(made, false) > room && written(made, true) > room) {
            throw new FailureException(
                    new Failure.Refused(
                            413,
                            "This request becomes many times its size when it is put in the form"
                                    + " that engines take: something in it comes up over and over,"
                                    + " such as a long name or a picture. Send it fewer times, or"
                                    + " make it shorter."));
        }
    }

    /// The length of a tree as compact JSON, or a little more: at a glance, where a character
    /// counts for two bytes, or in UTF-8 as it will be.
    private static long written(JsonNode tree, boolean exact) {
        if (tree.isString()) {
            return 3L + written(tree.asString(), exact);
        }
        if (tree instanceof ObjectNode object) {
            long bytes = 3;
            for (Map.Entry<String, JsonNode> field : object.properties()) {
                bytes += 3L + written(field.getKey(), exact) + written(field.getValue(), exact);
            }
            return bytes;
        }
        if (tree.isArray()) {
            long bytes = 3;
            for (JsonNode value : tree) {
                bytes += written(value, exact);
            }
            return bytes;
        }
        return 1L + tree.asString("null").length();
    }

    private static long written(String text, boolean exact) {
        if (!exact) {
            return 2L * text.length();
        }
        char[] part = new char[Math.min(text.length(), PART)];
        long bytes = 0;
        for (int from = 0; from < text.length(); from += PART) {
            int length = Math.min(text.length() - from, PART);
            text.getChars(from, from + length, part, 0);
            bytes += written(part, length);
        }
        return bytes;
    }

    private static int written(char[] text, int length) {
        int bytes = 0;
        for (int i = 0; i < length; i++) {
            char c = text[i];
            if (c < ' ') {
                bytes += c == '\n' || c == '\r' || c == '\t' ? 2 : ESCAPED;
            } else if (c < 0x80) {
                bytes += c == '"' || c == '\\' ? 2 : 1;
            } else {
                bytes += c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
            }
        }
        return bytes;
    }
}

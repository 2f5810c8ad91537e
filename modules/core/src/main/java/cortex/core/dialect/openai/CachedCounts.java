package cortex.core.dialect.openai;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// Takes out of an engine's answer how much of the prompt it had in its cache, which tells one
/// client what another has asked: the counts become 0 where they stand, and no length changes. Text
/// that a model says is never touched, since quotes in it are escaped. The names are those of
/// llama-server (b11549: `timings`, `tokens_cached`) and of OpenAI's `prompt_tokens_details`. One
/// object for each answer, whose bytes it sees in order.
public final class CachedCounts {
    private static final List<byte[]> NAMES =
            List.of(
                    ascii("\"cached_tokens\""),
                    ascii("\"cache_n\""),
                    ascii("\"prompt_n\""),
                    ascii("\"prompt_ms\""),
                    ascii("\"prompt_per_token_ms\""),
                    ascii("\"prompt_per_second\""),
                    ascii("\"tokens_cached\""));

    private final int[] matched = new int[NAMES.size()];
    private Place place = Place.OUTSIDE;

    /// For an answer of which nothing was seen yet.
    public CachedCounts() {}

    /// Where in the answer the last byte was.
    private enum Place {
        /// Not at a count.
        OUTSIDE,
        /// After the name of one.
        NAME,
        /// After its colon.
        COLON,
        /// In its digits.
        NUMBER
    }

    /// Changes the next bytes of the answer in place.
    public void hide(byte[] bytes, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            byte b = bytes[i];
            switch (place) {
                case OUTSIDE -> match(b);
                case NAME -> place = b == ':' ? Place.COLON : isSpace(b) ? place : outside(b);
                case COLON -> {
                    if (isNumber(b)) {
                        bytes[i] = '0';
                        place = Place.NUMBER;
                    } else if (!isSpace(b)) {
                        place = outside(b);
                    }
                }
                case NUMBER -> {
                    if (isNumber(b)) {
                        bytes[i] = ' ';
                    } else {
                        place = outside(b);
                    }
                }
            }
        }
    }

    private void match(byte b) {
        for (int n = 0; n < matched.length; n++) {
            byte[] name = NAMES.get(n);
            int at = matched[n];
            matched[n] = b == name[at] ? at + 1 : b == '"' ? 1 : 0;
            if (matched[n] == name.length) {
                Arrays.fill(matched, 0);
                place = Place.NAME;
                return;
            }
        }
    }

    private Place outside(byte b) {
        place = Place.OUTSIDE;
        match(b);
        return place;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\t' || b == '\n' || b == '\r';
    }

    private static boolean isNumber(byte b) {
        return (b >= '0' && b <= '9') || b == '-' || b == '+' || b == '.' || b == 'e' || b == 'E';
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

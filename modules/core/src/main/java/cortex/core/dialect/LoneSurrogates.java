package cortex.core.dialect;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Halves of surrogate pairs in JSON texts. Agents written in JavaScript leave them where they cut
/// a text in the middle of an emoji, and send them with every later turn; engines refuse the whole
/// request for one. They become replacement characters, at the same place and of the same length.
public final class LoneSurrogates {
    private static final int ESCAPE = 6;
    private static final byte[] REPLACEMENT = "\\ufffd".getBytes(StandardCharsets.US_ASCII);

    /// The replacement character in UTF-8, as long as half of a pair that was encoded as such.
    private static final byte[] ENCODED = {(byte) 0xef, (byte) 0xbf, (byte) 0xbd};

    private LoneSurrogates() {}

    /// The text, in UTF-8, without them; the same array when there are none.
    public static byte[] replaced(byte[] json) {
        byte[] changed = changed(json);
        return changed == null ? json : changed;
    }

    /// The text without them, as far as they are escapes; the same string when there are none.
    public static String replaced(String json) {
        if (!json.contains("\\u")) {
            return json;
        }
        byte[] changed = changed(json.getBytes(StandardCharsets.UTF_8));
        return changed == null ? json : new String(changed, StandardCharsets.UTF_8);
    }

    private static byte @Nullable [] changed(byte[] json) {
        byte[] out = null;
        int i = 0;
        while (i < json.length) {
            byte b = json[i];
            if (b == '\\') {
                int length = escape(json, i);
                if (length == -ESCAPE) {
                    out = put(REPLACEMENT, i, out == null ? json.clone() : out);
                }
                i += Math.abs(length);
            } else if (b == (byte) 0xed && isHalf(json, i)) {
                out = put(ENCODED, i, out == null ? json.clone() : out);
                i += ENCODED.length;
            } else {
                i++;
            }
        }
        return out;
    }

    private static byte[] put(byte[] replacement, int at, byte[] out) {
        System.arraycopy(replacement, 0, out, at, replacement.length);
        return out;
    }

    /// The length of the escape at `at`, with the second half when it begins a pair; negative when
    /// it is half of none.
    private static int escape(byte[] json, int at) {
        int code = code(json, at);
        if (code < Character.MIN_SURROGATE || code > Character.MAX_SURROGATE) {
            return 2;
        }
        boolean pair = code <= Character.MAX_HIGH_SURROGATE && isLow(code(json, at + ESCAPE));
        return pair ? 2 * ESCAPE : -ESCAPE;
    }

    private static boolean isLow(int code) {
        return code >= Character.MIN_LOW_SURROGATE && code <= Character.MAX_LOW_SURROGATE;
    }

    /// The code unit that is escaped at `at`; -1 when none is.
    private static int code(byte[] json, int at) {
        if (at + ESCAPE > json.length || json[at] != '\\' || json[at + 1] != 'u') {
            return -1;
        }
        int code = 0;
        for (int i = at + 2; i < at + ESCAPE; i++) {
            int digit = Character.digit(json[i], 16);
            if (digit < 0) {
                return -1;
            }
            code = code << 4 | digit;
        }
        return code;
    }

    /// Whether the three bytes from `at`, of which the first is 0xED, encode half of a pair.
    private static boolean isHalf(byte[] json, int at) {
        return at + 2 < json.length
                && (json[at + 1] & 0xe0) == 0xa0
                && (json[at + 2] & 0xc0) == 0x80;
    }
}

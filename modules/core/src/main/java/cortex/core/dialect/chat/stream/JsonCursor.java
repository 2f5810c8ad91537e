package cortex.core.dialect.chat.stream;

import java.util.Arrays;

/// Walks over JSON in UTF-8 without building anything. Every method gives up by returning false, -1
/// or by moving past the end when the text is not what it expects; whoever called then has the text
/// parsed properly. Strings are checked, since they are copied into the answer as they stand.
final class JsonCursor {
    private byte[] bytes = {};
    private int at;
    private int end;

    /// Where the last string began and ended, quotes excluded.
    private int stringFrom;

    private int stringTo;

    /// Whether it holds escapes.
    private boolean escapes;

    void reset(byte[] source, int from, int to) {
        bytes = source;
        at = from;
        end = to;
    }

    int stringFrom() {
        return stringFrom;
    }

    int stringTo() {
        return stringTo;
    }

    /// The next byte that is no space, without taking it; 0 at the end.
    byte peek() {
        while (at < end && (bytes[at] == ' ' || bytes[at] == '\t')) {
            at++;
        }
        return at < end ? bytes[at] : 0;
    }

    /// Takes the next byte if it is this one.
    boolean take(char c) {
        if (peek() != c) {
            return false;
        }
        at++;
        return true;
    }

    boolean atEnd() {
        return peek() == 0 && at >= end;
    }

    /// Takes a string that needs no decoding to be compared or copied.
    boolean string() {
        if (!take('"')) {
            return false;
        }
        stringFrom = at;
        escapes = false;
        while (plain() < end) {
            byte b = bytes[at];
            if (b == '"') {
                stringTo = at++;
                return true;
            }
            int step = step(b);
            if (step == 0) {
                return false;
            }
            escapes |= b == '\\';
            at += step;
        }
        return false;
    }

    /// Goes past the characters that need no look, which is what nearly all are; where it stops.
    private int plain() {
        byte[] text = bytes;
        int to = end;
        int i = at;
        while (i < to && text[i] >= ' ' && text[i] != '"' && text[i] != '\\') {
            i++;
        }
        at = i;
        return i;
    }

    /// The length of the character at the cursor; 0 when it cannot stand in a string.
    private int step(byte b) {
        if (b < 0) {
            return Utf8.length(bytes, at, end);
        }
        return b == '\\' ? escape() : b >= ' ' ? 1 : 0;
    }

    /// Whether the last string is this word.
    boolean is(byte[] word) {
        return stringTo - stringFrom == word.length
                && Arrays.equals(bytes, stringFrom, stringTo, word, 0, word.length);
    }

    /// Takes a key and its colon; an escaped one is given up on.
    boolean key() {
        return string() && !escapes && take(':');
    }

    /// Takes `null`.
    boolean takeNull() {
        if (peek() != 'n' || end - at < 4) {
            return false;
        }
        if (bytes[at + 1] != 'u' || bytes[at + 2] != 'l' || bytes[at + 3] != 'l') {
            return false;
        }
        at += 4;
        return true;
    }

    /// Takes a whole number of up to four digits, or gives -1.
    int smallNumber() {
        int value = -1;
        int digits = 0;
        peek();
        while (at < end && bytes[at] >= '0' && bytes[at] <= '9') {
            value = Math.max(value, 0) * 10 + (bytes[at++] - '0');
            if (++digits > 4) {
                return -1;
            }
        }
        boolean ends = at < end && (bytes[at] == ',' || bytes[at] == '}' || bytes[at] == ' ');
        return ends ? value : -1;
    }

    /// Takes any value.
    boolean skip() {
        byte first = peek();
        if (first == '"') {
            return string();
        }
        boolean nested = first == '{' || first == '[';
        return nested ? skipNested() : skipPlain();
    }

    private boolean skipPlain() {
        int start = at;
        while (at < end && isPlain(bytes[at])) {
            at++;
        }
        return at > start;
    }

    private static boolean isPlain(byte b) {
        return (b >= 'a' && b <= 'z')
                || (b >= '0' && b <= '9')
                || b == '-'
                || b == '+'
                || b == '.'
                || b == 'E';
    }

    private boolean skipNested() {
        int depth = 0;
        while (at < end) {
            byte b = bytes[at];
            if (b == '"') {
                if (!string()) {
                    return false;
                }
                continue;
            }
            at++;
            if (b == '{' || b == '[') {
                depth++;
            } else if (b == '}' || b == ']') {
                depth--;
                if (depth == 0) {
                    return true;
                }
            }
        }
        return false;
    }

    private int escape() {
        if (at + 1 >= end) {
            return 0;
        }
        return switch (bytes[at + 1]) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> 2;
            case 'u' -> isHex(at + 2) ? 6 : 0;
            default -> 0;
        };
    }

    private boolean isHex(int from) {
        if (from + 4 > end) {
            return false;
        }
        for (int i = from; i < from + 4; i++) {
            if (Character.digit(bytes[i], 16) < 0) {
                return false;
            }
        }
        return true;
    }
}

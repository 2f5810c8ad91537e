package cortex.demo.script;

import java.util.ArrayList;
import java.util.List;

/// The demo engine's tokenizer: up to four ASCII characters, a space always beginning a new token,
/// or one other code point.
public final class Tokens {
    private static final int LONGEST = 4;

    private Tokens() {}

    /// Cuts `text` into the texts of its tokens; their concatenation is `text`.
    public static List<String> split(String text) {
        List<String> pieces = new ArrayList<>(text.length() / 3 + 1);
        for (int from = 0; from < text.length(); ) {
            int to = end(text, from);
            pieces.add(text.substring(from, to));
            from = to;
        }
        return pieces;
    }

    /// How many tokens `text` has.
    public static int count(String text) {
        int count = 0;
        for (int from = 0; from < text.length(); count++) {
            from = end(text, from);
        }
        return count;
    }

    /// How many tokens of the shorter text the longer one begins with.
    public static int common(String one, String other) {
        String shorter = one.length() <= other.length() ? one : other;
        String longer = one.length() <= other.length() ? other : one;
        int count = 0;
        for (int from = 0; from < shorter.length(); count++) {
            int to = end(shorter, from);
            if (!shorter.regionMatches(from, longer, from, to - from)) {
                break;
            }
            from = to;
        }
        return count;
    }

    private static int end(String text, int from) {
        int first = text.codePointAt(from);
        if (!plain(first)) {
            return from + Character.charCount(first);
        }
        int to = from + 1;
        while (to < text.length()
                && to - from < LONGEST
                && plain(text.charAt(to))
                && text.charAt(to) != ' ') {
            to++;
        }
        return to;
    }

    private static boolean plain(int point) {
        return point > 0 && point < 128;
    }
}

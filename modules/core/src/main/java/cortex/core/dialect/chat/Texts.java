package cortex.core.dialect.chat;

import java.util.List;
import java.util.stream.Collectors;

/// Texts put together as chat templates are fed them: a blank line apart, empty ones left out.
public final class Texts {
    private static final String APART = "\n\n";

    private static final int PART = 512;

    private Texts() {}

    /// Both texts, or the one that is not empty.
    public static String join(String first, String second) {
        if (first.isEmpty() || second.isEmpty()) {
            return first + second;
        }
        return first + APART + second;
    }

    /// All texts that are not empty.
    public static String join(List<String> texts) {
        if (texts.size() == 1) {
            return texts.getFirst();
        }
        return texts.stream().filter(text -> !text.isEmpty()).collect(Collectors.joining(APART));
    }

    /// Length in UTF-8.
    public static long utf8Length(String text) {
        // Part by part through an array: looking each character up in the text is five times
        // slower.
        char[] part = new char[Math.min(text.length(), PART)];
        long bytes = 0;
        for (int from = 0; from < text.length(); from += PART) {
            int length = Math.min(text.length() - from, PART);
            text.getChars(from, from + length, part, 0);
            bytes += utf8Length(part, length);
        }
        return bytes;
    }

    private static int utf8Length(char[] text, int length) {
        int bytes = length;
        for (int i = 0; i < length; i++) {
            char c = text[i];
            bytes += c < 0x80 ? 0 : c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
        }
        return bytes;
    }
}

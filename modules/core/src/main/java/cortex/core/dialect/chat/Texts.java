package cortex.core.dialect.chat;

import java.util.List;
import java.util.stream.Collectors;

/// Texts put together as chat templates are fed them: a blank line apart, empty ones left out.
public final class Texts {
    private static final String APART = "\n\n";

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
        return texts.stream().filter(text -> !text.isEmpty()).collect(Collectors.joining(APART));
    }

    /// Length in UTF-8.
    public static long utf8Length(String text) {
        long bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean two = c < 0x800 || Character.isSurrogate(c);
            bytes += c < 0x80 ? 1 : two ? 2 : 3;
        }
        return bytes;
    }
}

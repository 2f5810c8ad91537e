package cortex.core.log;

import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

/// Makes text that came from outside fit for a terminal or a log: whatever moves the cursor, talks
/// to the terminal, turns the direction of writing, breaks a line unasked or cannot be seen is
/// shown as an escape (`\\u001b`). All that the programs print goes through here, so that neither a
/// node's report nor a model's answer can forge what an operator reads. Pure.
///
/// Escaped are C0 and C1 controls and DEL, the line and paragraph separators, the bidirectional
/// controls (UAX #9, "Trojan Source", CVE-2021-42574), zero-width and other invisible format
/// characters, tags, noncharacters and lone surrogates. The escapes are JSON's and Java's, so that
/// JSON stays the same JSON.
public final class SafeText {
    /// From here on all lower characters are printable ASCII.
    private static final int PLAIN_FROM = 0x20;

    private static final int PLAIN_TO = 0x7e;
    private static final char ZERO_WIDTH_NON_JOINER = '\u200c';
    private static final char ZERO_WIDTH_JOINER = '\u200d';

    /// What is shown as it is beside what always is.
    private enum Keep {
        /// Nothing: the text stands in a line with others.
        NOTHING,
        /// Line breaks and tabs.
        LAYOUT,
        /// Line breaks, tabs, and what joins letters and emojis in running text.
        PROSE
    }

    private SafeText() {}

    /// A piece of a line: a name, a cell, a reason. A line break is `\n`, a tab `\t`.
    public static String line(String text) {
        return escaped(text, Keep.NOTHING);
    }

    /// Text with lines of its own: line breaks and tabs stay.
    public static String lines(String text) {
        return escaped(text, Keep.LAYOUT);
    }

    /// Text for reading, such as a model's answer: as {@link #lines}, and the joiners of scripts
    /// and emojis stay too.
    public static String prose(String text) {
        return escaped(text, Keep.PROSE);
    }

    /// A printer to standard output or error that lets no unsafe character through, in UTF-8.
    public static PrintWriter printer(OutputStream out) {
        return printer(new OutputStreamWriter(out, StandardCharsets.UTF_8));
    }

    /// A printer to `out` that lets no unsafe character through; flushed by each `println`.
    public static PrintWriter printer(Writer out) {
        return out instanceof Printer printer ? printer : new Printer(out);
    }

    private static String escaped(String text, Keep keep) {
        int first = firstUnsafe(text, keep);
        if (first == text.length()) {
            return text;
        }
        StringBuilder safe = new StringBuilder(text.length() + 32).append(text, 0, first);
        int i = first;
        while (i < text.length()) {
            int c = text.codePointAt(i);
            if (isSafe(c, keep)) {
                safe.appendCodePoint(c);
            } else {
                escape(safe, c);
            }
            i += Character.charCount(c);
        }
        return safe.toString();
    }

    private static int firstUnsafe(String text, Keep keep) {
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c >= PLAIN_FROM && c <= PLAIN_TO) {
                i++;
                continue;
            }
            int whole = text.codePointAt(i);
            if (!isSafe(whole, keep)) {
                return i;
            }
            i += Character.charCount(whole);
        }
        return i;
    }

    private static boolean isSafe(int c, Keep keep) {
        if (c >= PLAIN_FROM && c <= PLAIN_TO) {
            return true;
        }
        if (c == '\n' || c == '\t') {
            return keep != Keep.NOTHING;
        }
        if (c == ZERO_WIDTH_JOINER || c == ZERO_WIDTH_NON_JOINER) {
            return keep == Keep.PROSE;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            case Character.UNASSIGNED -> !isNoncharacter(c);
            default -> true;
        };
    }

    private static boolean isNoncharacter(int c) {
        return (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
    }

    private static void escape(StringBuilder safe, int c) {
        switch (c) {
            case '\n' -> safe.append("\\n");
            case '\t' -> safe.append("\\t");
            case '\r' -> safe.append("\\r");
            default -> {
                for (char unit : Character.toChars(c)) {
                    safe.append("\\u");
                    for (int shift = 12; shift >= 0; shift -= 4) {
                        safe.append(Character.forDigit(unit >> shift & 0xf, 16));
                    }
                }
            }
        }
    }

    /// A printer whose text is made safe on its way. A character may come in two writes; its first
    /// half waits for the second.
    private static final class Printer extends PrintWriter {
        Printer(Writer out) {
            super(new Escaping(out), true);
        }

        /// Ends a line the same way everywhere: a `\r` would be escaped.
        @Override
        public void println() {
            write('\n');
            flush();
        }
    }

    private static final class Escaping extends Writer {
        private final Writer out;
        private char half;

        Escaping(Writer out) {
            this.out = out;
        }

        @Override
        public void write(char[] chars, int offset, int length) throws java.io.IOException {
            String text = new String(chars, offset, length);
            if (half != 0) {
                text = half + text;
                half = 0;
            }
            if (!text.isEmpty() && Character.isHighSurrogate(text.charAt(text.length() - 1))) {
                half = text.charAt(text.length() - 1);
                text = text.substring(0, text.length() - 1);
            }
            out.write(prose(text));
        }

        @Override
        public void flush() throws java.io.IOException {
            out.flush();
        }

        @Override
        public void close() throws java.io.IOException {
            if (half != 0) {
                out.write(prose(String.valueOf(half)));
                half = 0;
            }
            out.close();
        }
    }
}

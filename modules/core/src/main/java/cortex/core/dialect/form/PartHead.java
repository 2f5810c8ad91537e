package cortex.core.dialect.form;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the head of a part says of it, read in the one way that all parsers share.
///
/// @param isFile whether it has a filename
record PartHead(String name, boolean isFile) {
    private static final String BREAK = "\r\n";

    /// How a part's bytes may be written: as they are.
    private static final Set<String> PLAIN = Set.of("binary", "8bit", "7bit");

    /// Reads a head of `length` bytes: lines that each end with a line break, the last one empty.
    static PartHead of(byte[] bytes, int length) throws MalformedPartException {
        String text = text(bytes, length);
        Set<String> names = new HashSet<>();
        PartHead part = null;
        int from = 0;
        for (int to = end(text, from); to > from; to = end(text, from)) {
            PartHead described = header(text.substring(from, to), names);
            part = described == null ? part : described;
            from = to + BREAK.length();
        }
        if (part == null) {
            throw new MalformedPartException(
                    "Send each part of the form with a header such as 'Content-Disposition:"
                            + " form-data; name=\"model\"'.");
        }
        return part;
    }

    private static String text(byte[] bytes, int length) throws MalformedPartException {
        try {
            ByteBuffer head = ByteBuffer.wrap(bytes, 0, length);
            return StandardCharsets.UTF_8.newDecoder().decode(head).toString();
        } catch (CharacterCodingException _) {
            throw unprintable();
        }
    }

    private static int end(String text, int from) throws MalformedPartException {
        int to = from;
        while (!Character.isISOControl(text.charAt(to))) {
            to++;
        }
        if (!text.startsWith(BREAK, to)) {
            throw unprintable();
        }
        if (to > from && text.charAt(to + BREAK.length()) == ' ') {
            throw notInOneLine();
        }
        return to;
    }

    private static MalformedPartException unprintable() {
        return new MalformedPartException(
                "Send the headers of the form's parts as printable text in UTF-8, in lines that"
                        + " end with CR LF.");
    }

    private static MalformedPartException notInOneLine() {
        return new MalformedPartException(
                "Send each header of the form's parts in one line, as in 'Content-Type: audio/wav',"
                        + " without a blank before its name or its colon.");
    }

    /// The part that a header describes; null when it is another header.
    private static @Nullable PartHead header(String line, Set<String> before)
            throws MalformedPartException {
        int colon = 0;
        while (colon < line.length() && isOfName(line.charAt(colon))) {
            colon++;
        }
        if (colon == 0 || colon == line.length() || line.charAt(colon) != ':') {
            throw notInOneLine();
        }
        String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
        String value = line.substring(colon + 1);
        if (!before.add(name)) {
            throw new MalformedPartException(
                    "Send each header of a part once; one has more than one '" + name + "'.");
        }
        if (name.equals("content-transfer-encoding")
                && !PLAIN.contains(value.strip().toLowerCase(Locale.ROOT))) {
            throw new MalformedPartException(
                    "Send the form's parts as they are, without a Content-Transfer-Encoding.");
        }
        return name.equals("content-disposition") ? Disposition.read(value) : null;
    }

    private static boolean isOfName(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '_';
    }
}

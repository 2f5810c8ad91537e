package cortex.core.dialect.form;

import org.jspecify.annotations.Nullable;

/// Reads the value of one `Content-Disposition` (RFC 7578 §4.2): `form-data`, a `name`, perhaps a
/// `filename` (and its copy `filename*`). What parsers read in different ways is refused: other
/// parameters, repeated ones, and backslashes that might hide a quote. Looks at each character
/// once. For one thread.
final class Disposition {
    private static final String SPECIAL = "()<>@,;:\\\"/[]?=";

    private final String text;
    private int at;
    private @Nullable String name;
    private boolean isFile;
    private boolean isExtended;

    private Disposition(String text) {
        this.text = text;
    }

    /// The part that the value describes.
    static PartHead read(String value) throws MalformedPartException {
        return new Disposition(value).read();
    }

    private PartHead read() throws MalformedPartException {
        blanks();
        if (!token().equalsIgnoreCase("form-data")) {
            throw bad("it does not begin with form-data");
        }
        blanks();
        while (at < text.length()) {
            if (text.charAt(at) != ';') {
                throw bad("there must be a ';' between its parameters");
            }
            at++;
            blanks();
            if (at < text.length()) {
                parameter();
                blanks();
            }
        }
        if (name == null) {
            throw bad("it has no name");
        }
        return new PartHead(name, isFile);
    }

    private void parameter() throws MalformedPartException {
        String key = token();
        if (at == text.length() || text.charAt(at) != '=') {
            throw bad("each parameter is a word and '=' without blanks between them");
        }
        at++;
        switch (key) {
            case "name" -> name = name();
            case "filename" -> filename();
            case "filename*" -> extended();
            case "name*" -> throw bad("name* has no place in forms; send name, in UTF-8");
            default -> throw bad("it may have name and filename alone, in lower case");
        }
    }

    private String name() throws MalformedPartException {
        String value = value();
        if (name != null) {
            throw bad("it has more than one name");
        }
        if (value.isEmpty() || value.indexOf('\\') >= 0) {
            throw bad("a name is not empty and has no backslash");
        }
        return value;
    }

    private void filename() throws MalformedPartException {
        if (name == null) {
            throw bad("name comes before filename");
        }
        if (isFile) {
            throw bad("it has more than one filename");
        }
        value();
        isFile = true;
    }

    /// RFC 7578 forbids it, and OpenAI's library for .NET sends it. It says once more what the file
    /// is called, and nothing that anything depends on.
    private void extended() throws MalformedPartException {
        if (!isFile || isExtended) {
            throw bad("filename* comes once, after filename; better send filename alone, in UTF-8");
        }
        if (!token().startsWith("utf-8''")) {
            throw bad("filename* begins with utf-8''; better send filename alone, in UTF-8");
        }
        isExtended = true;
    }

    private String value() throws MalformedPartException {
        if (at == text.length() || text.charAt(at) != '"') {
            String token = token();
            if (token.isEmpty()) {
                throw bad("each parameter has a value, in quotes");
            }
            return token;
        }
        int from = ++at;
        while (at < text.length() && text.charAt(at) != '"') {
            at++;
        }
        if (at == text.length()) {
            throw bad("a quote is not closed");
        }
        if (text.charAt(at - 1) == '\\') {
            throw bad("no backslash stands before a quote; send %22 for a quote in a name");
        }
        return text.substring(from, at++);
    }

    private String token() {
        int from = at;
        while (at < text.length() && isOfToken(text.charAt(at))) {
            at++;
        }
        return text.substring(from, at);
    }

    /// RFC 2045 §5.1.
    private static boolean isOfToken(char c) {
        return c > ' ' && c < 0x7f && SPECIAL.indexOf(c) < 0;
    }

    private void blanks() {
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
    }

    private static MalformedPartException bad(String why) {
        return new MalformedPartException(
                "Send the Content-Disposition of each part as in 'form-data; name=\"file\";"
                        + " filename=\"a.wav\"': "
                        + why
                        + ".");
    }
}

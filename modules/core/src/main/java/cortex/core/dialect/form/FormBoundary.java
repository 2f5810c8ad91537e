package cortex.core.dialect.form;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What separates the parts of a form, as its `Content-Type` says it.
///
/// @param text without the dashes before it
public record FormBoundary(String text) {
    private static final Pattern TYPE =
            Pattern.compile("\\s*multipart/form-data\\s*(;.*)", Pattern.CASE_INSENSITIVE);

    /// RFC 2046 §5.1.1: 1 to 70 characters, quoted where they are no token.
    private static final Pattern BOUNDARY =
            Pattern.compile(
                    ";\\s*boundary=(?:\"([^\"]*)\"|([^\\s;\"]*))\\s*(?:;.*)?",
                    Pattern.CASE_INSENSITIVE);

    private static final Pattern VALID =
            Pattern.compile("[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]");

    private static final Pattern TOKEN = Pattern.compile("[0-9A-Za-z'+_.-]+");

    /// The boundary that a `Content-Type` gives; null when it is not a form's, or gives none.
    public static @Nullable FormBoundary of(String contentType) {
        Matcher type = TYPE.matcher(contentType);
        if (!type.matches()) {
            return null;
        }
        Matcher boundary = BOUNDARY.matcher(type.group(1));
        if (!boundary.find()) {
            return null;
        }
        String text = boundary.group(1) == null ? boundary.group(2) : boundary.group(1);
        return VALID.matcher(text).matches() ? new FormBoundary(text) : null;
    }

    /// The `Content-Type` of a form with this boundary.
    public String contentType() {
        String quote = TOKEN.matcher(text).matches() ? "" : "\"";
        return "multipart/form-data; boundary=" + quote + text + quote;
    }
}

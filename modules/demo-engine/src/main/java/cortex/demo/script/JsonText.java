package cortex.demo.script;

import tools.jackson.core.io.JsonStringEncoder;

/// JSON string literals for the answers, which are written without a tree.
public final class JsonText {
    private JsonText() {}

    /// `text` as a JSON string with its quotes.
    public static String quote(String text) {
        StringBuilder out = new StringBuilder(text.length() + 8).append('"');
        JsonStringEncoder.getInstance().quoteAsString(text, out);
        return out.append('"').toString();
    }
}

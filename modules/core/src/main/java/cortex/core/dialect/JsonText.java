package cortex.core.dialect;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Small pieces of JSON text.
public final class JsonText {
    private static final int LONGEST_REASON = 200;
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private JsonText() {}

    /// The JSON string for a text, quotes included, in UTF-8.
    public static byte[] quote(String text) {
        return MAPPER.writeValueAsBytes(text);
    }

    /// What is wrong with a text, in the parser's words without those about the parser.
    public static String reason(JacksonException e) {
        String said = e.getOriginalMessage();
        int itself = said == null ? -1 : said.indexOf(" (start marker at [Source");
        return said == null
                ? "malformed"
                : shorten(itself < 0 ? said : said.substring(0, itself), LONGEST_REASON);
    }

    /// The first line of a text, cut to `max` characters.
    public static String shorten(String text, int max) {
        String line = text.strip();
        int newline = line.indexOf('\n');
        if (newline >= 0) {
            line = line.substring(0, newline).stripTrailing();
        }
        return line.length() <= max ? line : line.substring(0, max) + "…";
    }
}

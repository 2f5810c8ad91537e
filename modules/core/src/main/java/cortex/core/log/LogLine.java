package cortex.core.log;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One log event with fields, such as the line of a request. The human format prints the fields as
/// `name=value` after the message, the JSON format as fields of their own. For one thread.
public final class LogLine {
    private final String message;
    private final Map<String, Object> fields = new LinkedHashMap<>();

    private LogLine(String message) {
        this.message = message;
    }

    /// Begins a line with a short message.
    public static LogLine of(String message) {
        return new LogLine(message);
    }

    /// Adds a field; a null value leaves it out. Names are snake_case with their unit (`ttft_ms`).
    /// Numbers and booleans stay what they are, everything else is written as text.
    public LogLine with(String name, @Nullable Object value) {
        if (value != null) {
            fields.put(name, value);
        }
        return this;
    }

    /// Hands the line to a logger.
    public void log(System.Logger logger, System.Logger.Level level) {
        logger.log(level, "{0}", this);
    }

    String message() {
        return message;
    }

    /// The fields in their order.
    public Map<String, Object> fields() {
        return Collections.unmodifiableMap(fields);
    }

    /// The human form, all in one line. Values that could be mistaken for more than one field are
    /// quoted.
    @Override
    public String toString() {
        StringBuilder line = new StringBuilder(message);
        fields.forEach((name, value) -> line.append(' ').append(name).append('=').append(q(value)));
        return line.toString();
    }

    private static String q(Object value) {
        String text = value.toString();
        return isPlain(text) ? text : '"' + escaped(text) + '"';
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\")
                .replace("\"", "\\\"")
                .replace("\r", "\\r")
                .replace("\n", "\\n");
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c == '"' || c == '=' || c == 0x7f) {
                return false;
            }
        }
        return !text.isEmpty();
    }
}

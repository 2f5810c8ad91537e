package cortex.core.log;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Time, level, source, sentence; then the stack trace if there is one. Every line after the first
/// is indented and control characters are shown as escapes, so that no text that came from outside
/// can pass for a line of its own.
final class HumanFormat extends Formatter {
    private static final Pattern PLACE = Pattern.compile("\\{([0-9])}");
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    private final Traces traces = new Traces();
    private volatile Second last = new Second(0, "");

    /// A second and how it is written, without its fraction; thousands of lines may share one.
    private record Second(long epoch, String text) {}

    @Override
    public String format(LogRecord record) {
        StringBuilder line = new StringBuilder(160);
        appendTime(line, record.getInstant());
        line.append(' ').append(level(record.getLevel())).append(' ');
        line.append(source(record)).append(": ");
        appendSafely(line, message(record));
        line.append('\n');
        if (record.getThrown() != null) {
            line.append("    ");
            appendSafely(line, traces.of(record.getThrown(), record.getInstant()));
            line.append('\n');
        }
        return line.toString();
    }

    private void appendTime(StringBuilder line, Instant at) {
        Second second = last;
        if (second.epoch() != at.getEpochSecond() || second.text().isEmpty()) {
            String text = CLOCK.format(at.atZone(ZoneId.systemDefault()));
            second = new Second(at.getEpochSecond(), text);
            last = second;
        }
        int millis = at.getNano() / 1_000_000;
        line.append(second.text()).append(millis < 10 ? ".00" : millis < 100 ? ".0" : ".");
        line.append(millis);
    }

    /// The name people know a level by, as System.Logger calls it, five characters wide.
    private static String level(Level level) {
        String name = levelName(level);
        return name.length() >= 5 ? name : name + " ".repeat(5 - name.length());
    }

    /// The message with `{0}` to `{9}` replaced by the parameters as they are: no thousands
    /// separators in a port, and no meaning in an apostrophe.
    static String message(LogRecord record) {
        String message = String.valueOf(record.getMessage());
        Object[] parameters = record.getParameters();
        if (parameters == null || parameters.length == 0) {
            return message;
        }
        if (message.equals("{0}")) {
            return String.valueOf(parameters[0]);
        }
        return PLACE.matcher(message)
                .replaceAll(place -> {
                    int index = Integer.parseInt(place.group(1));
                    return Matcher.quoteReplacement(
                            index < parameters.length
                                    ? String.valueOf(parameters[index])
                                    : place.group());
                });
    }

    static String levelName(Level level) {
        int value = level.intValue();
        if (value >= Level.SEVERE.intValue()) {
            return "ERROR";
        }
        if (value >= Level.WARNING.intValue()) {
            return "WARN";
        }
        if (value >= Level.INFO.intValue()) {
            return "INFO";
        }
        return value >= Level.FINE.intValue() ? "DEBUG" : "TRACE";
    }

    /// The class without its package.
    private static String source(LogRecord record) {
        String name = record.getLoggerName();
        return name == null || name.isEmpty() ? "root" : name.substring(name.lastIndexOf('.') + 1);
    }

    private static void appendSafely(StringBuilder line, String text) {
        String lines = SafeText.lines(text.replace("\r\n", "\n"));
        for (int i = 0; i < lines.length(); i++) {
            char c = lines.charAt(i);
            if (c == '\n') {
                line.append("\n    ");
            } else if (c == '\t') {
                line.append("    ");
            } else {
                line.append(c);
            }
        }
    }
}

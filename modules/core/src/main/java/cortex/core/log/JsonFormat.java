package cortex.core.log;

import cortex.core.node.Json;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;

/// One JSON object a line: `time`, `level`, `logger`, `message`, the fields of a {@link LogLine},
/// and `exception` with the stack trace. Control characters and their kin are JSON's escapes.
final class JsonFormat extends Formatter {
    private final Traces traces = new Traces();

    @Override
    public String format(LogRecord record) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("time", record.getInstant().toString());
        fields.put("level", HumanFormat.levelName(record.getLevel()).toLowerCase(Locale.ROOT));
        fields.put("logger", String.valueOf(record.getLoggerName()));
        Object[] parameters = record.getParameters();
        if (parameters != null && parameters.length == 1 && parameters[0] instanceof LogLine line) {
            fields.put("message", line.message());
            line.fields().forEach((name, value) -> fields.putIfAbsent(name, plain(value)));
        } else {
            fields.put("message", HumanFormat.message(record));
        }
        if (record.getThrown() != null) {
            fields.put("exception", traces.of(record.getThrown(), record.getInstant()));
        }
        return SafeText.line(Json.MAPPER.writeValueAsString(fields)) + "\n";
    }

    private static Object plain(Object value) {
        return value instanceof Number || value instanceof Boolean ? value : value.toString();
    }
}

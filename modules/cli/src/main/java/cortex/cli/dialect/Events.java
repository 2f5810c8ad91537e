package cortex.cli.dialect;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads server-sent events strictly: lines end in LF, CR or CRLF, the bytes are UTF-8, every event
/// has data and its blank line. Comments count as signs of life. For one thread.
public final class Events {
    private final InputStream in;
    private final Reading reading;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private int ahead = -2;

    /// One event; `name` is empty when it has none.
    public record Event(String name, String data) {}

    /// Reads `in`; what is wrong with it is noted in `reading`.
    public Events(InputStream in, Reading reading) {
        this.in = in;
        this.reading = reading;
    }

    /// The next event, or null at the end.
    ///
    /// @throws IOException when the body breaks off
    public @Nullable Event next() throws IOException {
        String name = "";
        StringBuilder data = null;
        boolean begun = false;
        for (String text = line(); text != null; text = line()) {
            if (text.isEmpty()) {
                if (data != null) {
                    return new Event(name, data.toString());
                }
                reading.must(!begun, "an event has no data");
                begun = false;
                name = "";
                continue;
            }
            int colon = text.indexOf(':');
            String field = colon < 0 ? text : text.substring(0, colon);
            String value = colon < 0 ? "" : text.substring(colon + 1).replaceFirst("^ ", "");
            switch (field) {
                case "" -> reading.sign();
                case "event" -> {
                    name = value;
                    begun = true;
                }
                case "data" -> {
                    data = data == null ? new StringBuilder() : data.append('\n');
                    data.append(value);
                    begun = true;
                }
                case "id", "retry" -> begun = true;
                default -> reading.fault("a line is no field of an event: " + Reading.brief(text));
            }
        }
        reading.must(!begun && data == null, "the stream ends inside of an event");
        return null;
    }

    private @Nullable String line() throws IOException {
        line.reset();
        while (true) {
            int b = read();
            if (b < 0) {
                reading.must(line.size() == 0, "the stream ends inside of a line");
                return null;
            }
            if (b == '\n' || b == '\r') {
                skipSecondHalf(b);
                return decoded();
            }
            line.write(b);
        }
    }

    /// The byte after a CR is only looked at when it is needed: waiting for it could take long.
    private void skipSecondHalf(int end) {
        ahead = end == '\r' ? '\r' : -2;
    }

    private int read() throws IOException {
        int b = in.read();
        if (ahead == '\r' && b == '\n') {
            b = in.read();
        }
        ahead = -2;
        return b;
    }

    private String decoded() {
        ByteBuffer bytes = ByteBuffer.wrap(line.toByteArray());
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            reading.fault("a line is not UTF-8");
            return line.toString(StandardCharsets.UTF_8);
        }
    }
}

package cortex.core.dialect.form;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads a form as it comes, in pieces cut anywhere, and knows where the value of its `model` part
/// stands. Holds no more than the head of one part. For one thread.
public final class FormScanner {
    /// A part's head has a line or two.
    private static final int LONGEST_HEAD = 8 << 10;

    private static final Pattern NAME =
            Pattern.compile("[;\\s]name=(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^\\s;]+))");
    private static final Pattern FILE = Pattern.compile("[;\\s]filename\\*?=");
    private static final Pattern DISPOSITION =
            Pattern.compile("(?im)^content-disposition:\\s*form-data(.*)$");

    private enum State {
        /// In a part's value, or before the first part.
        VALUE,
        /// After a boundary: two dashes end the form, a line break begins a part.
        BOUNDARY,
        /// In a part's head, up to its blank line.
        HEAD,
        /// After the last boundary.
        OVER
    }

    private final byte[] delimiter;
    private final ByteArrayOutputStream head = new ByteArrayOutputStream(128);
    private State state = State.VALUE;
    private long at;

    /// How much of the delimiter was seen. The first boundary need not have a line break before it.
    private int matched = 2;

    private int dashes;
    private boolean inFile;
    private boolean inModel;
    private boolean preamble = true;
    private int models;
    private long beside;
    private long valueStart;
    private long modelStart = -1;
    private long modelEnd = -1;
    private boolean broken;

    /// Reads a form with this boundary.
    public FormScanner(FormBoundary boundary) {
        this.delimiter = ("\r\n--" + boundary.text()).getBytes(StandardCharsets.ISO_8859_1);
    }

    /// Reads the next bytes.
    public void scan(byte[] bytes, int offset, int length) {
        int i = offset;
        int end = offset + length;
        while (i < end && state != State.OVER && !broken) {
            if (state == State.VALUE && matched == 0 && (inFile || preamble)) {
                // Nothing but a line break can begin a boundary.
                int next = i;
                while (next < end && bytes[next] != '\r') {
                    next++;
                }
                at += next - i;
                i = next;
                if (i == end) {
                    return;
                }
            }
            step(bytes[i]);
            at++;
            i++;
        }
    }

    private void step(byte b) {
        beside += inFile && state == State.VALUE ? 0 : 1;
        switch (state) {
            case VALUE -> value(b);
            case BOUNDARY -> boundary(b);
            case HEAD -> head(b);
            case OVER -> throw new IllegalStateException("the form is over");
        }
    }

    private void value(byte b) {
        if (b == delimiter[matched]) {
            matched++;
        } else {
            matched = b == delimiter[0] ? 1 : 0;
        }
        if (matched < delimiter.length) {
            return;
        }
        if (inModel) {
            modelStart = valueStart;
            modelEnd = at + 1 - delimiter.length;
            models++;
        }
        inModel = false;
        inFile = false;
        preamble = false;
        matched = 0;
        dashes = 0;
        state = State.BOUNDARY;
    }

    private void boundary(byte b) {
        switch (b) {
            case '-' -> {
                dashes++;
                if (dashes == 2) {
                    state = State.OVER;
                }
            }
            case '\n' -> {
                head.reset();
                state = State.HEAD;
            }
            case '\r', ' ', '\t' -> {}
            default -> broken = true;
        }
    }

    private void head(byte b) {
        head.write(b);
        if (head.size() > LONGEST_HEAD) {
            broken = true;
        } else if (b == '\n') {
            String lines = head.toString(StandardCharsets.UTF_8);
            if (lines.equals("\r\n") || lines.endsWith("\r\n\r\n")) {
                begin(lines);
            }
        }
    }

    private void begin(String lines) {
        Matcher disposition = DISPOSITION.matcher(lines);
        String parameters = disposition.find() ? disposition.group(1) : "";
        Matcher name = NAME.matcher(parameters);
        boolean named = name.find();
        String quoted = named ? name.group(1) : "";
        String token = named ? name.group(2) : "";
        inFile = FILE.matcher(parameters).find();
        inModel = !inFile && ("model".equals(quoted) || "model".equals(token));
        valueStart = at + 1;
        matched = 0;
        state = State.VALUE;
    }

    /// Whether the value of a `model` part was read to its end.
    public boolean hasModel() {
        return models > 0;
    }

    /// Whether there is more than one `model` part so far.
    public boolean isAmbiguous() {
        return models > 1;
    }

    /// Whether the last boundary was read.
    public boolean isOver() {
        return state == State.OVER;
    }

    /// Whether what was read is no form.
    public boolean isBroken() {
        return broken;
    }

    /// The bytes read so far that are not a file's.
    public long besideFiles() {
        return beside;
    }

    /// Where the model's value begins, counted from the form's first byte.
    public int modelStart() {
        return Math.toIntExact(modelStart);
    }

    /// Where it ends.
    public int modelEnd() {
        return Math.toIntExact(modelEnd);
    }

    /// The model's value, out of all that was read.
    public String model(byte[] form) {
        byte[] value = Arrays.copyOfRange(form, modelStart(), modelEnd());
        return new String(value, StandardCharsets.UTF_8).strip();
    }
}

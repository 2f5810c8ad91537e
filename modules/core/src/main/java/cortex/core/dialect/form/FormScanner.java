package cortex.core.dialect.form;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads a form as it comes, in pieces cut anywhere, and knows where the value of its `model` part
/// stands. Refuses what other parsers might read in another way, and fields that are not OpenAI's.
/// Holds no more than the head of one part and the names of odd fields; looks at a byte of a head
/// twice and at any other once. For one thread at a time.
public final class FormScanner {
    /// A part's head has a line or two.
    static final int LONGEST_HEAD = 2 << 10;

    private enum State {
        /// Before the first boundary, which nothing but a line break may stand before.
        START,
        /// In a part's value.
        VALUE,
        /// After a boundary: two dashes end the form, a line break begins a part.
        BOUNDARY,
        /// In a part's head, up to its blank line.
        HEAD,
        /// After the last boundary.
        OVER
    }

    private final byte[] delimiter;
    private final byte[] head = new byte[LONGEST_HEAD];
    private int headLength;
    private State state = State.START;
    private long at;

    /// How much of the delimiter was seen. The first boundary need not have a line break before it.
    private int matched = 2;

    /// The byte before, where what follows a boundary depends on it.
    private byte before;

    private boolean inFile;
    private boolean inModel;
    private boolean sawModel;
    private long beside;
    private long valueStart;
    private long modelStart = -1;
    private long modelEnd = -1;
    private @Nullable FormFault fault;

    /// Fields that are not OpenAI's, as long as nobody has said which of them may pass.
    private final Set<String> unlisted = new LinkedHashSet<>();

    private @Nullable Set<String> allowed;

    /// Reads a form with this boundary.
    public FormScanner(FormBoundary boundary) {
        this.delimiter = ("\r\n--" + boundary.text()).getBytes(StandardCharsets.ISO_8859_1);
    }

    /// Reads the next bytes.
    public void scan(byte[] bytes, int offset, int length) {
        int i = offset;
        int end = offset + length;
        while (i < end && fault == null) {
            if (state == State.VALUE && matched == 0 && inFile) {
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
        beside += state == State.OVER || (inFile && state == State.VALUE) ? 0 : 1;
        switch (state) {
            case START -> start(b);
            case VALUE -> value(b);
            case BOUNDARY -> boundary(b);
            case HEAD -> head(b);
            case OVER -> over(b);
        }
    }

    private void start(byte b) {
        if (at == 0 && b == delimiter[0]) {
            matched = 0;
        }
        if (b != delimiter[matched]) {
            fault = fault("Begin the form with '--' and the boundary of its Content-Type.");
            return;
        }
        matched++;
        if (matched == delimiter.length) {
            state = State.BOUNDARY;
            before = 0;
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
        long valueEnd = at + 1 - delimiter.length;
        if (valueEnd < valueStart) {
            fault = fault("End the value of each part of the form with CR LF, an empty one too.");
            return;
        }
        if (inModel) {
            modelStart = valueStart;
            modelEnd = valueEnd;
        }
        inModel = false;
        inFile = false;
        before = 0;
        state = State.BOUNDARY;
    }

    private void boundary(byte b) {
        if (before == 0 && (b == '-' || b == '\r')) {
            before = b;
        } else if (before == '-' && b == '-') {
            state = State.OVER;
        } else if (before == '\r' && b == '\n') {
            headLength = 0;
            state = State.HEAD;
        } else {
            fault = fault("After each boundary of the form send CR LF, and '--' after its last.");
        }
    }

    private void over(byte b) {
        if (b != '\r' && b != '\n' && b != ' ' && b != '\t') {
            fault = fault("End the form with its last boundary; send nothing after it.");
        }
    }

    private void head(byte b) {
        if (headLength == LONGEST_HEAD) {
            fault = fault("Send at most 2 KiB of headers with each part of the form.");
            return;
        }
        head[headLength++] = b;
        if (b == '\n' && isBlankLine()) {
            try {
                begin(PartHead.of(head, headLength));
            } catch (MalformedPartException e) {
                fault = fault(String.valueOf(e.getMessage()));
            }
        }
    }

    private boolean isBlankLine() {
        return (headLength == 2 && head[0] == '\r')
                || (headLength > 3
                        && head[headLength - 2] == '\r'
                        && head[headLength - 3] == '\n'
                        && head[headLength - 4] == '\r');
    }

    private void begin(PartHead part) {
        inFile = part.isFile();
        inModel = part.name().equals(FormFields.MODEL);
        fault = objection(part);
        sawModel |= inModel;
        valueStart = at + 1;
        // Some parsers take a boundary right after the head for one, without a line break.
        matched = 2;
        state = State.VALUE;
    }

    private @Nullable FormFault objection(PartHead part) {
        String name = part.name();
        if (!FormFields.isListed(name)) {
            if (allowed == null) {
                unlisted.add(name);
                return null;
            }
            return allowed.contains(name) ? null : FormFields.unlisted(name);
        }
        if (inFile && !name.equals(FormFields.FILE)) {
            return FormFields.isFile(name);
        }
        return inModel && sawModel
                ? new FormFault("The form has more than one part 'model'.", name)
                : null;
    }

    private static FormFault fault(String message) {
        return new FormFault(message, null);
    }

    /// Lets fields of these names pass beside OpenAI's, from here on no others. Until this is said,
    /// all pass.
    public void allow(Collection<String> names) {
        Set<String> passing = Set.copyOf(names);
        allowed = passing;
        if (fault == null) {
            fault =
                    unlisted.stream()
                            .filter(name -> !passing.contains(name))
                            .findFirst()
                            .map(FormFields::unlisted)
                            .orElse(null);
        }
        unlisted.clear();
    }

    /// Whether the value of the `model` part was read to its end.
    public boolean hasModel() {
        return modelEnd >= 0;
    }

    /// Whether the last boundary was read.
    public boolean isOver() {
        return state == State.OVER;
    }

    /// What is wrong with what was read, or null when nothing is. Nothing is read after that.
    public @Nullable FormFault fault() {
        return fault;
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

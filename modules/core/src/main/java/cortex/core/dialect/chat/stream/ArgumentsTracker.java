package cortex.core.dialect.chat.stream;

/// Follows a tool call's arguments as they come and knows when they are one whole JSON object. It
/// reads them as they stand in the chunk's JSON, that is escaped once more.
public final class ArgumentsTracker {
    private int depth;
    private boolean begun;
    private boolean inString;
    private boolean escaped;

    /// Nothing seen yet.
    public ArgumentsTracker() {}

    /// Takes the next piece. A piece never ends inside an escape of the chunk's JSON.
    public void feed(JsonSlice piece) {
        for (int i = 0; i < piece.length(); i++) {
            byte b = piece.at(i);
            if (b != '\\') {
                character(b);
                continue;
            }
            byte kind = piece.at(++i);
            if (kind == 'u') {
                character(unicode(piece, i + 1));
                i += 4;
            } else {
                // Other escapes than these two stand for white space or plain characters.
                boolean itself = kind == '"' || kind == '\\';
                character(itself ? kind : (byte) ' ');
            }
        }
    }

    /// Whether an object was opened and closed.
    public boolean complete() {
        return begun && depth == 0;
    }

    /// Whether anything but white space has come.
    public boolean begun() {
        return begun;
    }

    private static byte unicode(JsonSlice piece, int at) {
        int code = 0;
        for (int i = at; i < at + 4; i++) {
            code = code * 16 + Character.digit(piece.at(i), 16);
        }
        return code < 128 ? (byte) code : (byte) 'x';
    }

    private void character(byte c) {
        if (inString) {
            if (escaped) {
                escaped = false;
            } else if (c == '\\') {
                escaped = true;
            } else if (c == '"') {
                inString = false;
            }
            return;
        }
        switch (c) {
            case '"' -> inString = true;
            case '{', '[' -> {
                depth++;
                begun = true;
            }
            case '}', ']' -> depth = Math.max(0, depth - 1);
            default -> {}
        }
    }
}

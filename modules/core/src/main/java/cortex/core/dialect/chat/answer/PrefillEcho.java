package cortex.core.dialect.chat.answer;

import cortex.core.dialect.chat.stream.JsonSlice;

/// Takes the beginning that the client gave out of the answer's text: llama-server says it once
/// more before it goes on. What only begins like it is let through.
final class PrefillEcho {
    private final String expected;
    private final StringBuilder seen = new StringBuilder();
    private final JsonSlice text = new JsonSlice();
    private boolean done;

    PrefillEcho(String expected) {
        this.expected = expected;
        this.done = expected.isEmpty();
    }

    /// What of a piece is new; empty while the beginning is still being said.
    JsonSlice rest(JsonSlice piece) {
        if (done) {
            return piece;
        }
        seen.append(piece.decode());
        String said = seen.toString();
        if (said.startsWith(expected)) {
            done = true;
            text.set(said.substring(expected.length()));
        } else if (expected.startsWith(said)) {
            text.clear();
        } else {
            done = true;
            text.set(said);
        }
        return text;
    }

    /// What was held back when the answer ends.
    JsonSlice end() {
        if (done) {
            text.clear();
        } else {
            done = true;
            text.set(seen.toString());
        }
        return text;
    }
}

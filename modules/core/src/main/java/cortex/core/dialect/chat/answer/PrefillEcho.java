package cortex.core.dialect.chat.answer;

import cortex.core.dialect.chat.stream.JsonSlice;

/// Takes the beginning that the client gave out of the answer's text: llama-server says it once
/// more before it goes on. What only begins like it is let through.
final class PrefillEcho {
    private final String expected;
    private final JsonSlice text = new JsonSlice();

    /// How much of it has been said.
    private int said;

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
        String more = piece.decode();
        int left = expected.length() - said;
        if (!expected.regionMatches(said, more, 0, Math.min(left, more.length()))) {
            done = true;
            text.set(expected.substring(0, said) + more);
        } else if (more.length() >= left) {
            done = true;
            text.set(more.substring(left));
        } else {
            said += more.length();
            text.clear();
        }
        return text;
    }

    /// What was held back when the answer ends.
    JsonSlice end() {
        if (done) {
            text.clear();
        } else {
            done = true;
            text.set(expected.substring(0, said));
        }
        return text;
    }
}

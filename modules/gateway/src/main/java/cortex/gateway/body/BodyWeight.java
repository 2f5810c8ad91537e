package cortex.gateway.body;

/// What a JSON body may take of the heap once it is read into a tree, guessed high from its bytes
/// without building anything. A tree of tiny values takes some thirty times its text, one of long
/// texts about twice.
///
/// What nodes take was measured with Jackson 3.2.4 on a 64-bit JVM with compressed references: an
/// empty object 97 bytes, one with a field 213 to 301, an empty array 53, one with a value 109 to
/// 160, a short text 69, a decimal 61.
///
/// @param length the body's bytes
/// @param nodes the bytes that objects, arrays, fields and values take, less their texts
public record BodyWeight(int length, long nodes) {
    /// How many times its length a body of one long text takes, translated: itself, and the text as
    /// it is put together in pieces of two bytes a character, or is written again.
    public static final int TEXT = 5;

    /// How many times its length an answer takes that is gathered: as it grows by doubling, once
    /// more as it is written, and in the copies that are sent.
    public static final int ANSWER = 8;

    private static final int OBJECT = 180;
    private static final int ARRAY = 160;
    private static final int FIELD = 60;
    private static final int VALUE = 70;

    /// How much is weighed without a pause.
    private static final int SLICE = 1 << 20;

    /// Of a body, which need not be valid JSON. One pass.
    public static BodyWeight of(byte[] body) {
        long nodes = new Scale(body).weigh();
        return new BodyWeight(body.length, nodes);
    }

    /// Goes over one body. For one thread.
    private static final class Scale {
        private final byte[] body;
        private int at;
        private int pause = SLICE;
        private long nodes;

        Scale(byte[] body) {
            this.body = body;
        }

        long weigh() {
            while (at < body.length) {
                byte b = body[at++];
                if (b == '"') {
                    text();
                } else {
                    weigh(b);
                }
                pauseIfDue();
            }
            return nodes;
        }

        private void weigh(int b) {
            switch (b) {
                case '{' -> nodes += OBJECT;
                case '[' -> nodes += ARRAY;
                case ':' -> nodes += FIELD;
                case ',' -> nodes += VALUE;
                default -> {}
            }
        }

        private void pauseIfDue() {
            if (at >= pause) {
                pause = at + SLICE;
                Pause.now();
            }
        }

        /// Of a text only the length counts, unless it may be JSON itself, as the arguments of tool
        /// calls are, which are read into trees of their own.
        private void text() {
            int first = ' ';
            while (at < body.length && body[at] != '"' && isSpace(first)) {
                first = unescaped();
            }
            boolean json = first == '{' || first == '[';
            if (json) {
                weigh(first);
            }
            while (at < body.length && body[at] != '"') {
                if (json) {
                    weigh(unescaped());
                } else {
                    at += body[at] == '\\' ? 2 : 1;
                }
                pauseIfDue();
            }
            at++;
        }

        private static boolean isSpace(int c) {
            return c == ' ' || c == '\n' || c == '\r' || c == '\t';
        }

        /// The next character of a text, or 0 for one that is not ASCII.
        private int unescaped() {
            byte b = body[at++];
            if (b != '\\' || at >= body.length) {
                return b;
            }
            return switch (body[at++]) {
                case 'n', 'r', 't' -> ' ';
                case 'u' -> escaped();
                default -> 0;
            };
        }

        private int escaped() {
            if (at + 4 > body.length || body[at] != '0' || body[at + 1] != '0') {
                return 0;
            }
            int high = Character.digit(body[at + 2], 16);
            int low = Character.digit(body[at + 3], 16);
            at += 4;
            return high < 0 || low < 0 ? 0 : high << 4 | low;
        }
    }

    /// What a body of `length` bytes that is one text takes at most.
    public static long ofText(long length) {
        return TEXT * length;
    }

    /// What it takes, apart from the body itself, to read it into a tree, to make another tree of
    /// that one, and to write it.
    public long translation() {
        return 2 * nodes + reading(length);
    }

    /// What it takes to read a body of `length` bytes, apart from the body itself, when no tree is
    /// made: a text in it is put together in pieces of two bytes a character.
    public static long reading(long length) {
        return (TEXT - 1) * length;
    }
}

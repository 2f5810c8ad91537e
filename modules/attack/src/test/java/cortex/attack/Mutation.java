package cortex.attack;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/// Spoils bytes in the ways that parsers trip over: the same seed spoils them the same way.
final class Mutation {
    /// What is put in somewhere.
    private static final List<String> PIECES =
            List.of(
                    "\0",
                    "\r\n",
                    "\n",
                    "\r\n\r\n",
                    ": ",
                    "%00",
                    "\u0080\u00ff",
                    "\ufeff",
                    "\u202e\u001b[2J",
                    "[[[[[[[[[[[[[[[[",
                    "{\"a\":",
                    "\\ud800",
                    "-1",
                    "1e999999999",
                    "99999999999999999999999999",
                    "null",
                    "\"",
                    "data: ",
                    "data: [DONE]\n\n",
                    "transfer-encoding: chunked\r\n",
                    "content-length: 5\r\n",
                    "content-length: -1\r\n",
                    "x".repeat(9000),
                    "ffffffffffffffff\r\n");

    private Mutation() {}

    /// The same bytes, spoiled in one to four places.
    static byte[] of(byte[] good, RandomGenerator random) {
        byte[] bytes = good;
        int times = 1 + random.nextInt(4);
        for (int i = 0; i < times; i++) {
            bytes = once(bytes, random);
        }
        return bytes;
    }

    private static byte[] once(byte[] bytes, RandomGenerator random) {
        int at = random.nextInt(bytes.length + 1);
        int end = Math.min(bytes.length, at + random.nextInt(60));
        return switch (random.nextInt(6)) {
            case 0 -> Arrays.copyOf(bytes, at);
            case 1 -> insert(bytes, at, piece(random));
            case 2 -> insert(bytes, at, Arrays.copyOfRange(bytes, at, end));
            case 3 -> join(Arrays.copyOf(bytes, at), bytes, end);
            case 4 -> flipped(bytes, at, random);
            default -> insert(join(Arrays.copyOf(bytes, at), bytes, end), at, piece(random));
        };
    }

    private static byte[] piece(RandomGenerator random) {
        return PIECES.get(random.nextInt(PIECES.size())).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] insert(byte[] bytes, int at, byte[] piece) {
        byte[] out = Arrays.copyOf(bytes, bytes.length + piece.length);
        System.arraycopy(piece, 0, out, at, piece.length);
        System.arraycopy(bytes, at, out, at + piece.length, bytes.length - at);
        return out;
    }

    private static byte[] join(byte[] start, byte[] bytes, int from) {
        return insert(Arrays.copyOfRange(bytes, from, bytes.length), 0, start);
    }

    private static byte[] flipped(byte[] bytes, int at, RandomGenerator random) {
        byte[] out = bytes.clone();
        if (at < out.length) {
            out[at] = (byte) random.nextInt(256);
        }
        return out;
    }
}

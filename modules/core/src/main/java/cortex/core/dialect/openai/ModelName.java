package cortex.core.dialect.openai;

import cortex.core.dialect.SseScanner;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.stream.JsonBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Puts the name that clients know a model by in the place of its engine's own name for it, which
/// may be a path of the engine's host, in an answer that is passed on. Looks for the bytes of the
/// field, as engines write it; within a text its quotes would be escaped. For one answer.
public final class ModelName {
    private final byte[] theirs;
    private final byte[] ours;
    private final JsonBuffer buffer = new JsonBuffer();

    /// How many of the last bytes are the beginning of the field, and wait for its end.
    private int begun;

    /// Of a model that the engine calls `theirs` and clients are to read as `ours`.
    public ModelName(String theirs, String ours) {
        this.theirs = field(theirs);
        this.ours = field(ours);
    }

    private static byte[] field(String name) {
        return ("\"model\":" + ChatJson.text(ChatJson.NODES.stringNode(name)))
                .getBytes(StandardCharsets.UTF_8);
    }

    /// Hands the next bytes of an answer on, in one piece. The part of them that may be the
    /// beginning of the field waits.
    public void pass(byte[] bytes, int offset, int length, SseScanner.Out out) {
        int before = begun;
        begun = 0;
        if (before > 0) {
            byte[] both = new byte[before + length];
            System.arraycopy(theirs, 0, both, 0, before);
            System.arraycopy(bytes, offset, both, before, length);
            replace(both, 0, both.length);
        } else {
            replace(bytes, offset, offset + length);
        }
        buffer.drainTo(out::write);
    }

    /// Hands on what waited: the answer has ended.
    public void end(SseScanner.Out out) {
        int rest = begun;
        begun = 0;
        if (rest > 0) {
            out.write(theirs, 0, rest);
        }
    }

    /// A whole answer with our name.
    public byte[] in(byte[] answer) {
        replace(answer, 0, answer.length);
        buffer.raw(theirs, 0, begun);
        byte[] named = buffer.toBytes();
        begun = 0;
        buffer.clear();
        return named;
    }

    private void replace(byte[] bytes, int from, int to) {
        int kept = from;
        int at = from;
        while (at < to) {
            if (bytes[at] != '"') {
                at++;
                continue;
            }
            int same = same(bytes, at, to);
            if (same == theirs.length) {
                buffer.raw(bytes, kept, at).raw(ours);
                at += same;
                kept = at;
            } else if (at + same == to) {
                begun = same;
                break;
            } else {
                at++;
            }
        }
        buffer.raw(bytes, kept, to - begun);
    }

    /// How many bytes from `at` are the field's.
    private int same(byte[] bytes, int at, int to) {
        int most = Math.min(theirs.length, to - at);
        int differs = Arrays.mismatch(bytes, at, at + most, theirs, 0, most);
        return differs < 0 ? most : differs;
    }
}

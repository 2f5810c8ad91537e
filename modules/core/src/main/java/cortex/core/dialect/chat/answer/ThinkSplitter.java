package cortex.core.dialect.chat.answer;

import cortex.core.dialect.Usage;
import cortex.core.dialect.chat.stream.ChatEvents;
import cortex.core.dialect.chat.stream.JsonSlice;
import org.jspecify.annotations.Nullable;

/// Makes reasoning of what an engine leaves between `<think>` and `</think>` at the head of an
/// answer; hands everything else on as it is. What only begins like a mark is text. For one stream.
final class ThinkSplitter implements ChatEvents {
    private static final String OPEN = "<think>";
    private static final String CLOSE = "</think>";

    private final ChatEvents next;
    private final JsonSlice slice = new JsonSlice();
    private final StringBuilder held = new StringBuilder();
    private State state = State.HEAD;

    /// How much of what is held at the head is white space, so that no space is looked at twice.
    private int blank;

    private enum State {
        /// Nothing but white space and perhaps a part of the opening mark has come.
        HEAD,
        /// Between the marks.
        THINKING,
        /// Past the closing mark, where white space is left out until the answer begins.
        GAP,
        /// In the answer.
        TEXT
    }

    ThinkSplitter(ChatEvents next) {
        this.next = next;
    }

    @Override
    public void content(JsonSlice text) {
        if (state == State.TEXT) {
            next.content(text);
            return;
        }
        held.append(text.decode());
        if (state == State.HEAD) {
            head();
        }
        if (state == State.THINKING) {
            thinking();
        }
        if (state == State.GAP) {
            gap();
        }
    }

    long held() {
        return 2L * held.length();
    }

    private void head() {
        while (blank < held.length() && Character.isWhitespace(held.charAt(blank))) {
            blank++;
        }
        String mark = held.substring(blank, Math.min(held.length(), blank + OPEN.length()));
        if (mark.equals(OPEN)) {
            state = State.THINKING;
            held.delete(0, blank + OPEN.length());
        } else if (!OPEN.startsWith(mark)) {
            answer();
        }
    }

    private void thinking() {
        int end = held.indexOf(CLOSE);
        int sure = end >= 0 ? end : held.length() - begun();
        if (sure > 0) {
            slice.set(held.substring(0, sure));
            next.reasoning(slice);
        }
        held.delete(0, end >= 0 ? end + CLOSE.length() : sure);
        state = end >= 0 ? State.GAP : State.THINKING;
    }

    /// How many of the last characters may be the beginning of the closing mark, or are the first
    /// half of a surrogate pair.
    private int begun() {
        if (!held.isEmpty() && Character.isHighSurrogate(held.charAt(held.length() - 1))) {
            return 1;
        }
        for (int length = Math.min(CLOSE.length() - 1, held.length()); length > 0; length--) {
            if (CLOSE.startsWith(held.substring(held.length() - length))) {
                return length;
            }
        }
        return 0;
    }

    private void gap() {
        String said = held.toString().stripLeading();
        held.setLength(0);
        held.append(said);
        if (!said.isEmpty()) {
            answer();
        }
    }

    private void answer() {
        state = State.TEXT;
        slice.set(held.toString());
        held.setLength(0);
        next.content(slice);
    }

    /// What was held back has turned out to be no mark.
    void release() {
        if (held.isEmpty()) {
            return;
        }
        slice.set(held.toString());
        held.setLength(0);
        if (state == State.THINKING) {
            next.reasoning(slice);
        } else {
            next.content(slice);
        }
    }

    @Override
    public void chunk() {
        next.chunk();
    }

    @Override
    public void reasoning(JsonSlice text) {
        next.reasoning(text);
    }

    @Override
    public void toolCall(int key, @Nullable String id, @Nullable String name, JsonSlice arguments) {
        release();
        next.toolCall(key, id, name, arguments);
    }

    @Override
    public void finish(String reason) {
        release();
        next.finish(reason);
    }

    @Override
    public void usage(Usage usage, @Nullable Long reasoning, boolean last) {
        next.usage(usage, reasoning, last);
    }

    @Override
    public void progress(long total, long cached, long processed) {
        next.progress(total, cached, processed);
    }

    @Override
    public void error(byte[] data) {
        next.error(data);
    }

    @Override
    public void malformed(String what) {
        next.malformed(what);
    }

    @Override
    public void done() {
        release();
        next.done();
    }
}

package cortex.core.dialect.chat.answer;

import cortex.core.dialect.chat.stream.ArgumentsTracker;
import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.chat.stream.JsonSlice;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Brings an answer's reasoning, text and tool calls into a row of blocks, one open at a time.
/// Engines send tool calls interleaved, and text between their pieces; clients lose what overlaps.
/// So the first unfinished call goes out as it comes, and everything else waits in buffers until
/// its arguments are a whole object or the answer ends. Not safe for use by many threads.
final class OneAtATime {
    /// What a call costs besides its texts.
    private static final int CALL = 1 << 10;

    private final Terms terms;
    private final AnswerWriter out;
    private final Map<Integer, Call> waiting = new HashMap<>();

    /// The waiting calls whose tool is known, in the calls' order.
    private final TreeMap<Integer, Call> named = new TreeMap<>();

    /// The calls that were opened.
    private final Set<Integer> opened = new HashSet<>();

    private final Set<String> ids = new HashSet<>();
    private final JsonBuffer heldReasoning = new JsonBuffer();
    private final JsonBuffer heldText = new JsonBuffer();
    private final JsonSlice view = new JsonSlice();

    /// Whether the text that waits is more than white space.
    private boolean heldWords;

    private @Nullable BlockKind open;

    /// The call of the open block; null when that is of another kind.
    private @Nullable Call live;

    private boolean texts;
    private boolean torn;
    private long held;

    OneAtATime(Terms terms, AnswerWriter out) {
        this.terms = terms;
        this.out = out;
    }

    private static final class Call {
        final int key;
        final JsonBuffer held = new JsonBuffer();
        final ArgumentsTracker tracker = new ArgumentsTracker();
        @Nullable String id;
        @Nullable String name;

        /// Whether anything but white space has come, which alone is no JSON.
        boolean said;

        Call(int key) {
            this.key = key;
        }
    }

    /// Takes more of the model's reasoning; never nothing.
    void reasoning(JsonSlice text) {
        if (open == BlockKind.REASONING) {
            out.append(text);
        } else if (unfinished()) {
            heldReasoning.slice(text);
        } else {
            release();
            if (open != BlockKind.REASONING) {
                start(BlockKind.REASONING);
            }
            out.append(text);
        }
    }

    /// Takes more of the answer's text; never nothing.
    void text(JsonSlice text) {
        if (open == BlockKind.TEXT) {
            out.append(text);
            return;
        }
        heldText.slice(text);
        heldWords |= !text.isBlank();
        if (!unfinished()) {
            release();
        }
    }

    /// Takes more of a tool call. `key` tells the calls of an answer apart, counted from 0 in the
    /// order they came up; id and name are null when the chunk does not tell them, `arguments` may
    /// be empty.
    void call(int key, @Nullable String id, @Nullable String name, JsonSlice arguments) {
        Call call = live;
        if (call == null || call.key != key) {
            if (opened.contains(key) || (terms.request().singleTool() && key > 0)) {
                return;
            }
            call = waiting.computeIfAbsent(key, this::begun);
            identify(call, id, name);
        }
        call.tracker.feed(arguments);
        call.said |= !arguments.isBlank();
        if (call.said && !arguments.isEmpty()) {
            if (call == live) {
                out.append(arguments);
            } else {
                call.held.slice(arguments);
                held += arguments.length();
            }
        }
        while (!unfinished() && startNext()) {
            // Calls that came whole follow each other at once.
        }
    }

    private Call begun(int key) {
        held += CALL;
        return new Call(key);
    }

    private void identify(Call call, @Nullable String id, @Nullable String name) {
        if (call.id == null && id != null) {
            call.id = id;
            held += 2L * id.length();
        }
        if (call.name == null && name != null) {
            call.name = name;
            held += 2L * name.length();
            named.put(call.key, call);
        }
    }

    /// Whether what was said can stand as an answer although the engine did not say that it was
    /// through.
    boolean whole() {
        boolean something = texts || !ids.isEmpty();
        return something && !torn && !unfinished();
    }

    /// Takes the end, for the engine's reason `finish`: all that waits goes out, the calls first,
    /// in their order. White space alone is dropped beside calls.
    void end(String finish) {
        if (live != null) {
            close(true);
        }
        while (startNext()) {
            close(true);
        }
        release();
        if (ids.isEmpty() && !heldText.isEmpty()) {
            start(BlockKind.TEXT, heldText);
        }
        boolean cut = finish.equals("length") || finish.equals("content_filter");
        close(!cut);
    }

    /// How many bytes wait, about, with what is known of all calls.
    long held() {
        return held + heldReasoning.length() + heldText.length();
    }

    /// Whether a call stands open whose arguments are not whole, so that nothing else may begin.
    private boolean unfinished() {
        return live != null && !live.tracker.complete();
    }

    /// Sends what waited for a call to end. White space alone goes on waiting: before text it leads
    /// it.
    private void release() {
        if (!heldReasoning.isEmpty()) {
            start(BlockKind.REASONING, heldReasoning);
        }
        if (heldWords) {
            start(BlockKind.TEXT, heldText);
            heldWords = false;
        }
    }

    /// Opens the first waiting call whose tool is known; whether there was one.
    private boolean startNext() {
        Map.Entry<Integer, Call> next = named.pollFirstEntry();
        if (next == null) {
            return false;
        }
        Call call = next.getValue();
        waiting.remove(call.key);
        opened.add(call.key);
        String name = call.name == null ? "" : call.name;
        start(BlockKind.CALL, idOf(call), name);
        live = call;
        held -= call.held.length();
        appendAll(call.held);
        return true;
    }

    private String idOf(Call call) {
        String id = call.id;
        if (id == null || terms.request().usedToolIds().contains(id) || ids.contains(id)) {
            id = out.callId(ids.size());
        }
        ids.add(id);
        return id;
    }

    private void start(BlockKind kind, JsonBuffer held) {
        start(kind);
        appendAll(held);
    }

    private void start(BlockKind kind) {
        start(kind, "", "");
    }

    private void start(BlockKind kind, String id, String name) {
        close(true);
        open = kind;
        texts |= kind == BlockKind.TEXT;
        out.open(kind, id, name);
    }

    private void appendAll(JsonBuffer held) {
        if (!held.isEmpty()) {
            held.view(view);
            out.append(view);
            held.clear();
        }
    }

    /// Closes what is open; `uncut` says that the answer goes on, or ended by itself.
    private void close(boolean uncut) {
        if (open == null) {
            return;
        }
        Call call = live;
        boolean whole = call == null ? uncut : call.tracker.complete() || !call.tracker.begun();
        torn |= call != null && !whole;
        open = null;
        live = null;
        out.close(whole);
    }
}

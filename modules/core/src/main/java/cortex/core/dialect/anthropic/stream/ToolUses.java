package cortex.core.dialect.anthropic.stream;

import cortex.core.dialect.chat.stream.ArgumentsTracker;
import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.chat.stream.JsonSlice;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The tool calls of one answer. Engines may send them interleaved; clients lose calls whose blocks
/// overlap. So the first unfinished one goes out as it comes, the others wait in buffers until its
/// arguments are a whole object or the answer ends.
final class ToolUses {
    /// What a call costs besides its texts.
    private static final int CALL = 1 << 10;

    private final Answer answer;
    private final Blocks blocks;
    private final Map<Integer, Use> waiting = new HashMap<>();

    /// Those of them whose tool is known, in the calls' order.
    private final SortedMap<Integer, Use> named = new TreeMap<>();

    private final Set<Integer> closed = new HashSet<>();
    private final Set<String> ids = new HashSet<>();
    private final JsonSlice view = new JsonSlice();
    private @Nullable Use live;
    private boolean incomplete;
    private long held;

    ToolUses(Answer answer, Blocks blocks) {
        this.answer = answer;
        this.blocks = blocks;
    }

    private static final class Use {
        final int key;
        final JsonBuffer held = new JsonBuffer();
        final ArgumentsTracker tracker = new ArgumentsTracker();
        @Nullable String id;
        @Nullable String name;

        /// Whether anything but white space has come, which alone is no JSON.
        boolean said;

        Use(int key) {
            this.key = key;
        }
    }

    /// More of a call.
    void call(int key, @Nullable String id, @Nullable String name, JsonSlice arguments) {
        Use use = live;
        if (use == null || use.key != key) {
            if (closed.contains(key) || (answer.terms().singleTool() && key > 0)) {
                return;
            }
            use = waiting.computeIfAbsent(key, this::begun);
        }
        if (use.id == null && id != null) {
            use.id = id;
            held += 2L * id.length();
        }
        if (use.name == null && name != null) {
            use.name = name;
            held += 2L * name.length();
            if (use != live) {
                named.put(key, use);
            }
        }
        use.tracker.feed(arguments);
        use.said |= !arguments.isBlank();
        if (use.said && !arguments.isEmpty()) {
            if (use == live) {
                blocks.arguments(arguments);
            } else {
                use.held.slice(arguments);
                held += arguments.length();
            }
        }
        advance();
    }

    private Use begun(int key) {
        held += CALL;
        return new Use(key);
    }

    /// How many bytes are held, about: what waits, and what is known of all calls.
    long held() {
        return held;
    }

    /// Whether a call stands open whose arguments are not whole, so that nothing else may begin.
    boolean unfinished() {
        return live != null && !live.tracker.complete();
    }

    /// Whether there has been any call.
    boolean any() {
        return !ids.isEmpty();
    }

    /// Whether some call ended without its arguments being whole.
    boolean incomplete() {
        return incomplete;
    }

    /// Closes the open call, since something else begins.
    void closeLive() {
        Use use = live;
        if (use != null) {
            incomplete |= !use.tracker.complete() && !empty(use);
            closed.add(use.key);
            live = null;
            blocks.close();
        }
    }

    /// The answer has ended: all that waits goes out, in the calls' order.
    void finish() {
        closeLive();
        while (startNext()) {
            closeLive();
        }
    }

    private boolean empty(Use use) {
        return !use.tracker.begun();
    }

    /// Opens the next call when none is open or the open one is whole.
    private void advance() {
        while (live == null || (live.tracker.complete() && nextNamed() != null)) {
            closeLive();
            if (!startNext()) {
                return;
            }
        }
    }

    private boolean startNext() {
        Use next = nextNamed();
        if (next == null) {
            return false;
        }
        waiting.remove(next.key);
        named.remove(next.key);
        live = next;
        String name = next.name == null ? "" : next.name;
        blocks.startTool(idOf(next), name);
        if (!next.held.isEmpty()) {
            next.held.view(view);
            blocks.arguments(view);
            held -= next.held.length();
            next.held.clear();
        }
        return true;
    }

    private @Nullable Use nextNamed() {
        return named.isEmpty() ? null : named.firstEntry().getValue();
    }

    private String idOf(Use use) {
        String id = use.id;
        if (id == null || answer.terms().usedToolIds().contains(id) || ids.contains(id)) {
            id = answer.toolId(ids.size());
        }
        ids.add(id);
        return id;
    }
}

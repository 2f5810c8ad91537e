package cortex.core.dialect.responses.stream;

import cortex.core.dialect.chat.stream.JsonBuffer;
import cortex.core.dialect.chat.stream.JsonSlice;
import cortex.core.dialect.responses.request.ToolNames.Origin;
import cortex.core.dialect.responses.stream.Item.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The items of one answer, one open at a time. Engines may send tool calls interleaved, and text
/// between their pieces; here the first unfinished call goes out as it comes and everything else
/// waits until its arguments are whole or the answer ends.
final class OutputItems {
    /// What an item or a call costs besides its texts.
    private static final int EACH = 1 << 10;

    private final Reply reply;
    private final ResponseEvents out;
    private final List<Item> items = new ArrayList<>();
    private final Map<Integer, Waiting> waiting = new HashMap<>();

    /// Those of them whose tool is known, in the calls' order.
    private final TreeMap<Integer, String> named = new TreeMap<>();

    private final Set<Integer> begun = new HashSet<>();
    private final Set<String> callIds = new HashSet<>();
    private final JsonBuffer heldText = new JsonBuffer();
    private final JsonBuffer heldReasoning = new JsonBuffer();
    private final JsonSlice view = new JsonSlice();
    private @Nullable Item open;
    private int openKey = -1;
    private boolean broken;
    private long gathered;
    private long waits;

    /// Whether the text that waits is more than white space.
    private boolean heldWords;

    OutputItems(Reply reply, ResponseEvents out) {
        this.reply = reply;
        this.out = out;
    }

    /// A call that has not been opened yet.
    private static final class Waiting {
        final JsonBuffer arguments = new JsonBuffer();
        @Nullable String id;
    }

    /// How many bytes are held, about: all that was said.
    long held() {
        return gathered + waits + heldText.length() + heldReasoning.length();
    }

    /// All items so far, the open one last.
    List<Item> all() {
        return items;
    }

    /// Whether there is anything at all in the answer.
    boolean any() {
        return !items.isEmpty() || !heldText.isEmpty() || !waiting.isEmpty();
    }

    /// Whether a call ended, or stands, without its arguments being whole.
    boolean broken() {
        return broken || unfinished();
    }

    void text(JsonSlice text) {
        if (isOpen(Kind.MESSAGE)) {
            append(text);
        } else {
            heldText.slice(text);
            heldWords |= !text.isBlank();
            release();
        }
    }

    void reasoning(JsonSlice text) {
        if (isOpen(Kind.REASONING)) {
            append(text);
        } else {
            heldReasoning.slice(text);
            release();
        }
    }

    void call(int key, @Nullable String id, @Nullable String name, JsonSlice arguments) {
        if (key == openKey) {
            if (!arguments.isEmpty() && (begun() || !arguments.isBlank())) {
                append(arguments);
            }
        } else if (!begun.contains(key) && !(reply.terms().singleTool() && key > 0)) {
            Waiting call = waiting.computeIfAbsent(key, this::begun);
            if (call.id == null && id != null) {
                call.id = id;
                gathered += 2L * id.length();
            }
            if (name != null && named.putIfAbsent(key, name) == null) {
                gathered += 2L * name.length();
            }
            if (!call.arguments.isEmpty() || !arguments.isBlank()) {
                call.arguments.slice(arguments);
                waits += arguments.length();
            }
        }
        while (!unfinished() && startNext()) {
            // Calls that came whole follow each other at once.
        }
    }

    private Waiting begun(int key) {
        gathered += EACH;
        return new Waiting();
    }

    /// The answer has ended: all that waits goes out. `cut` says that it was cut off, which leaves
    /// its last item incomplete.
    void finish(boolean cut) {
        boolean more = !waiting.isEmpty() || !heldReasoning.isEmpty() || !heldText.isEmpty();
        if (more && unfinished()) {
            close("completed");
        }
        while (startNext()) {
            close("completed");
        }
        release();
        if (items.isEmpty() && !heldText.isEmpty()) {
            start(Item.words(reply, Kind.MESSAGE, 0), -1);
            heldText.view(view);
            append(view);
        }
        close(cut ? "incomplete" : "completed");
    }

    /// The answer broke off. What was open stays incomplete without being declared done, and calls
    /// that were not go: an agent would run them.
    void abandon() {
        waiting.clear();
        named.clear();
        Item item = open;
        if (item != null) {
            item.status("incomplete");
            open = null;
            if (item.isCall()) {
                items.remove(item);
            }
        }
    }

    /// Whether there is anything in the open item; white space alone is no JSON.
    private boolean begun() {
        Item item = open;
        return item != null && !item.isEmpty();
    }

    private boolean isOpen(Kind kind) {
        Item item = open;
        return item != null && item.kind() == kind;
    }

    private boolean unfinished() {
        Item item = open;
        return item != null && item.isCall() && !item.complete();
    }

    /// Sends what waited for a call to end. White space alone goes on waiting: next to calls it is
    /// dropped, before text it leads it.
    private void release() {
        if (unfinished()) {
            return;
        }
        if (!heldReasoning.isEmpty()) {
            open(Kind.REASONING, heldReasoning);
        }
        if (heldWords) {
            open(Kind.MESSAGE, heldText);
            heldWords = false;
        }
    }

    private void open(Kind kind, JsonBuffer held) {
        start(Item.words(reply, kind, items.size()), -1);
        held.view(view);
        append(view);
        held.clear();
    }

    private boolean startNext() {
        Map.Entry<Integer, String> next = named.pollFirstEntry();
        if (next == null) {
            return false;
        }
        Integer key = next.getKey();
        Waiting call = Objects.requireNonNull(waiting.remove(key), "what is named waits");
        Origin origin = reply.tools().of(next.getValue());
        start(Item.call(reply, items.size(), idOf(call), origin), key);
        waits -= call.arguments.length();
        if (!call.arguments.isEmpty()) {
            call.arguments.view(view);
            append(view);
        }
        return true;
    }

    private String idOf(Waiting call) {
        String id = call.id;
        if (id == null || reply.terms().usedToolIds().contains(id) || callIds.contains(id)) {
            id = reply.callId(callIds.size());
        }
        callIds.add(id);
        return id;
    }

    private void start(Item item, int key) {
        close("completed");
        items.add(item);
        gathered += EACH;
        open = item;
        openKey = key;
        begun.add(key);
        out.added(item);
    }

    private void append(JsonSlice text) {
        Item item = open;
        if (item != null) {
            item.append(text);
            gathered += text.length();
            out.delta(item, text);
        }
    }

    private void close(String status) {
        Item item = open;
        if (item != null) {
            boolean torn = item.isCall() && !item.whole();
            broken |= torn;
            boolean done = item.isCall() && !torn;
            item.status(torn ? "incomplete" : done ? "completed" : status);
            open = null;
            openKey = -1;
            out.done(item);
        }
    }
}

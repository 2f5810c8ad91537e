package cortex.core.dialect.chat.stream;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Tells the tool calls of one answer apart. Engines number them, or give only ids, or number all
/// of them 0 and give each its id.
final class CallKeys {
    /// What a call costs besides its id, with its places in the maps.
    private static final int CALL = 256;

    private final List<Call> calls = new ArrayList<>();

    /// The newest call of each number, of each id, and of both.
    private final Map<Integer, Integer> byIndex = new HashMap<>();

    private final Map<String, Integer> byId = new HashMap<>();
    private final Map<Call, Integer> byBoth = new HashMap<>();

    private long held;

    private record Call(int index, @Nullable String id) {}

    /// The key of the call that a chunk goes on with, or a new one's. `index` is -1 when the engine
    /// gave none; `named` whether the chunk names a tool.
    int keyOf(int index, @Nullable String id, boolean named) {
        Integer known = index >= 0 ? numbered(index, id) : id == null ? null : byId.get(id);
        if (known != null) {
            return known;
        }
        boolean goesOn = index < 0 && id == null && !named && !calls.isEmpty();
        return goesOn ? calls.size() - 1 : add(new Call(index, id));
    }

    /// How many bytes it holds, about.
    long held() {
        return held;
    }

    private @Nullable Integer numbered(int index, @Nullable String id) {
        Integer newest = byIndex.get(index);
        if (newest == null || id == null) {
            return newest;
        }
        Call call = new Call(index, id);
        if (calls.get(newest).id() == null) {
            calls.set(newest, call);
            remember(call, newest);
            return newest;
        }
        return byBoth.get(call);
    }

    private int add(Call call) {
        int key = calls.size();
        calls.add(call);
        if (call.index() >= 0) {
            byIndex.put(call.index(), key);
        }
        remember(call, key);
        return key;
    }

    private void remember(Call call, int key) {
        String id = call.id();
        held += CALL + (id == null ? 0 : 2L * id.length());
        if (id != null) {
            byId.merge(id, key, Math::max);
            byBoth.put(call, key);
        }
    }
}

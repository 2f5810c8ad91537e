package cortex.core.dialect.chat.stream;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Tells the tool calls of one answer apart. Engines number them, or give only ids, or number all
/// of them 0 and give each its id.
final class CallKeys {
    private final List<Call> calls = new ArrayList<>();

    private record Call(int index, @Nullable String id) {}

    /// The key of the call that a chunk goes on with, or a new one's. `index` is -1 when the engine
    /// gave none; `named` whether the chunk names a tool.
    int keyOf(int index, @Nullable String id, boolean named) {
        for (int key = calls.size() - 1; key >= 0; key--) {
            Call call = calls.get(key);
            if (index >= 0 ? call.index() == index : id != null && id.equals(call.id())) {
                if (id == null || id.equals(call.id())) {
                    return key;
                }
                if (call.id() == null) {
                    calls.set(key, new Call(call.index(), id));
                    return key;
                }
            }
        }
        if (index < 0 && id == null && !named && !calls.isEmpty()) {
            return calls.size() - 1;
        }
        calls.add(new Call(index, id));
        return calls.size() - 1;
    }
}

package cortex.gateway.fleet.rules;

import java.io.Serial;
import java.util.LinkedHashMap;
import java.util.Map;

/// Remembers which replica (by generation) served a conversation last, for the conversations used
/// most recently. Changed by its one owner.
public final class Affinity {
    private final Map<Long, Long> served;

    /// Remembers at most so many conversations.
    public Affinity(int limit) {
        this.served = new Recent(limit);
    }

    private static final class Recent extends LinkedHashMap<Long, Long> {
        @Serial private static final long serialVersionUID = 1L;

        private final int limit;

        Recent(int limit) {
            super(16, 0.75f, true);
            this.limit = limit;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
            return size() > limit;
        }
    }

    /// Returns the generation that served the conversation; 0 when none is known, and for
    /// conversation 0.
    public long servedBy(long conversation) {
        Long generation = conversation == 0 ? null : served.get(conversation);
        return generation == null ? 0 : generation;
    }

    /// Notes who serves a conversation now; nothing for conversation 0.
    public void serves(long conversation, long generation) {
        if (conversation != 0) {
            served.put(conversation, generation);
        }
    }
}

package cortex.demo.work;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.demo.http.Client;
import cortex.demo.http.ClientLeftException;
import cortex.demo.script.Tokens;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The slots of one engine, and the requests that wait for one, first come first served. Owns both.
/// Each slot remembers the text it last held, so that a prompt beginning alike finds part of itself
/// cached.
public final class Slots {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final int context;

    @GuardedBy("lock")
    private final List<Slot> slots = new ArrayList<>();

    @GuardedBy("lock")
    private final Deque<Client> queue = new ArrayDeque<>();

    @GuardedBy("lock")
    private int granted;

    /// `count` idle slots of `context` tokens each.
    public Slots(int count, int context) {
        this.context = context;
        for (int i = 0; i < count; i++) {
            slots.add(new Slot());
        }
    }

    /// One slot; its fields are written under the lock of its owner.
    private static final class Slot {
        boolean busy;
        String held = "";
        long usedAt;
    }

    /// The right to one slot, with how many of the prompt's tokens it still holds.
    public final class Grant implements AutoCloseable {
        private final Slot slot;
        private final int cached;
        private String held;

        private Grant(Slot slot, int cached, String prompt) {
            this.slot = slot;
            this.cached = cached;
            this.held = prompt;
        }

        /// Prompt tokens that need not be read again.
        public int cached() {
            return cached;
        }

        /// What the slot holds at the end: the prompt and the answer.
        void holds(String text) {
            held = text;
        }

        @Override
        public void close() {
            lock.lock();
            try {
                slot.busy = false;
                slot.held = held;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /// Waits for a slot, preferring the one that holds most of the prompt.
    ///
    /// @throws ClientLeftException when the client leaves the queue
    /// @throws InterruptedException when the engine is stopping
    public Grant take(String prompt, int promptTokens, Client client) throws InterruptedException {
        client.onGone(this::wake);
        lock.lock();
        try {
            queue.addLast(client);
            try {
                while (!client.equals(queue.peekFirst()) || idle() == 0) {
                    if (client.gone()) {
                        throw new ClientLeftException();
                    }
                    changed.await();
                }
                return grant(prompt, promptTokens);
            } finally {
                queue.remove(client);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private Grant grant(String prompt, int promptTokens) {
        Slot best = null;
        int bestCommon = -1;
        for (Slot slot : slots) {
            int common = slot.busy ? -1 : Tokens.common(slot.held, prompt);
            boolean older = best != null && common == bestCommon && slot.usedAt < best.usedAt;
            if (!slot.busy && (best == null || common > bestCommon || older)) {
                best = slot;
                bestCommon = common;
            }
        }
        if (best == null) {
            throw new IllegalStateException("no idle slot");
        }
        best.busy = true;
        best.usedAt = ++granted;
        boolean known = bestCommon > 0;
        int cached = known ? Math.min(bestCommon + 1, promptTokens - 1) : 0;
        return new Grant(best, cached, prompt);
    }

    @GuardedBy("lock")
    private int idle() {
        int idle = 0;
        for (Slot slot : slots) {
            idle += slot.busy ? 0 : 1;
        }
        return idle;
    }

    /// Tokens each slot has room for.
    public int context() {
        return context;
    }

    /// Whether each slot is taken, in order.
    public List<Boolean> busy() {
        lock.lock();
        try {
            return slots.stream().map(slot -> slot.busy).toList();
        } finally {
            lock.unlock();
        }
    }
}

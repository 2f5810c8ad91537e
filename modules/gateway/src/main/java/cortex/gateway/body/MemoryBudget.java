package cortex.gateway.body;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.failure.Limit;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Counts the heap that requests take, in two rooms: a quarter for small requests, so that large
/// ones never keep them out, and the rest for large ones. In each room a client that has more than
/// a quarter gets no more unless half of the room stays free, so that nobody holds it all. Whoever
/// finds no room waits a moment for it. Safe for use by many threads.
public final class MemoryBudget {
    /// The largest body that is small.
    static final int SMALL_BODY = 256 << 10;

    /// What a small request may take with all that is made of it: texts take some four times their
    /// size, and a body of nothing but tiny JSON values more than fits here.
    private static final long SMALL = 2 << 20;

    /// The part of a room for small requests that one of them may take.
    private static final int SMALL_PART = 8;

    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final ReentrantLock lock = new ReentrantLock();
    private final Duration patience;
    private final long small;
    private final Room few;
    private final Room rest;

    /// Of `total` bytes.
    public MemoryBudget(long total) {
        this(total, PATIENCE);
    }

    /// Lets a request wait for `patience` before it is refused.
    MemoryBudget(long total, Duration patience) {
        this.patience = patience;
        long reserve = Math.max(1, total / 4);
        this.few = new Room(reserve);
        this.rest = new Room(Math.max(1, total - reserve));
        this.small = Math.min(SMALL, Math.max(1, reserve / SMALL_PART));
    }

    /// The most that one request may ever take of a budget of `total` bytes.
    public static long mostForOne(long total) {
        return (total - total / 4) / 2;
    }

    /// How large a budget must be for one request to take `bytes`.
    public static long totalFor(long bytes) {
        return Math.ceilDiv(bytes * 8, 3) + 8;
    }

    /// Begins the account of a request by `client`.
    public Account open(String client) {
        return new Account(client, few, 0);
    }

    /// How many bytes are free, in both rooms.
    public long freeBytes() {
        lock.lock();
        try {
            return few.size - few.used + rest.size - rest.used;
        } finally {
            lock.unlock();
        }
    }

    /// One room: who has how much of it, and who waits for how much.
    private static final class Room {
        final long size;
        final Map<String, Long> held = new HashMap<>();
        final LinkedHashSet<Waiter> waiting = new LinkedHashSet<>();
        long used;

        Room(long size) {
            this.size = size;
        }

        long most() {
            return size / 2;
        }

        boolean grants(String client, long bytes) {
            long left = size - used - bytes;
            return left >= 0
                    && (left >= size - most() || held.getOrDefault(client, 0L) + bytes <= size / 4);
        }

        void take(String client, long bytes) {
            used += bytes;
            held.merge(client, bytes, Long::sum);
        }

        /// Takes back, and grants what can be granted now, in the order of coming.
        void give(String client, long bytes) {
            if (bytes == 0) {
                return;
            }
            used -= bytes;
            held.computeIfPresent(client, (_, has) -> has == bytes ? null : has - bytes);
            Iterator<Waiter> next = waiting.iterator();
            while (next.hasNext() && used < size) {
                Waiter waiter = next.next();
                if (grants(waiter.client, waiter.bytes)) {
                    next.remove();
                    take(waiter.client, waiter.bytes);
                    waiter.granted = true;
                    waiter.changed.signal();
                }
            }
        }
    }

    private static final class Waiter {
        final String client;
        final long bytes;
        final Condition changed;
        boolean granted;

        Waiter(String client, long bytes, Condition changed) {
            this.client = client;
            this.bytes = bytes;
            this.changed = changed;
        }
    }

    /// What one request has taken. For one thread at a time.
    public final class Account implements AutoCloseable {
        private final String client;

        @GuardedBy("lock")
        private Room room;

        @GuardedBy("lock")
        private long held;

        private Account(String client, Room room, long held) {
            this.client = client;
            this.room = room;
            this.held = held;
        }

        /// Takes room for `bytes` more, waiting a moment for it.
        ///
        /// @throws FailureException Overloaded when none came free in time, or Refused when the
        ///   request would take more than there can be for one
        /// @throws InterruptedException when interrupted while waiting
        public void take(long bytes) throws InterruptedException {
            take(bytes, false);
        }

        /// Likewise; `large` says that the request is not a small one, whatever it holds so far.
        void take(long bytes, boolean large) throws InterruptedException {
            lock.lockInterruptibly();
            try {
                boolean stays = room == few && !large && held + bytes <= small;
                Room to = stays ? few : rest;
                long need = to == room ? bytes : held + bytes;
                if (held + bytes > to.most()) {
                    throw new FailureException(tooLarge(held + bytes, to.most()));
                }
                grant(to, need);
                if (to != room) {
                    room.give(client, held);
                    room = to;
                }
                held += bytes;
            } finally {
                lock.unlock();
            }
        }

        @GuardedBy("lock")
        private void grant(Room to, long bytes) throws InterruptedException {
            if (to.grants(client, bytes)) {
                to.take(client, bytes);
                return;
            }
            Waiter waiter = new Waiter(client, bytes, lock.newCondition());
            boolean waited = false;
            to.waiting.add(waiter);
            try {
                long left = patience.toNanos();
                while (!waiter.granted && left > 0) {
                    left = waiter.changed.awaitNanos(left);
                }
                waited = true;
            } finally {
                to.waiting.remove(waiter);
                if (!waited && waiter.granted) {
                    to.give(client, bytes);
                }
            }
            if (!waiter.granted) {
                throw new FailureException(full());
            }
        }

        /// Gives `bytes` back.
        public void give(long bytes) {
            lock.lock();
            try {
                long given = Math.min(bytes, held);
                held -= given;
                room.give(client, given);
            } finally {
                lock.unlock();
            }
        }

        /// Gives back what is over `bytes`.
        public void keep(long bytes) {
            lock.lock();
            try {
                give(Math.max(0, held - bytes));
            } finally {
                lock.unlock();
            }
        }

        /// Another account that has all that this one had, which has nothing from now on.
        Account moved() {
            lock.lock();
            try {
                Account to = new Account(client, room, held);
                held = 0;
                return to;
            } finally {
                lock.unlock();
            }
        }

        /// How many bytes it has.
        public long held() {
            lock.lock();
            try {
                return held;
            } finally {
                lock.unlock();
            }
        }

        /// Gives all of it back. Again does nothing.
        @Override
        public void close() {
            keep(0);
        }
    }

    private static Failure full() {
        return new Failure.Overloaded(
                "Too much is being handled at once for a request of this size. Try again in "
                        + PATIENCE.toSeconds()
                        + " s.",
                PATIENCE,
                Limit.BODIES);
    }

    private static Failure tooLarge(long bytes, long most) {
        return new Failure.Refused(
                413,
                "This request would need "
                        + mib(bytes)
                        + " MiB of memory; "
                        + mib(most)
                        + " MiB is the limit (max_buffered). Send fewer or shorter values in its"
                        + " JSON, or have max_buffered raised.");
    }

    private static long mib(long bytes) {
        return Math.ceilDiv(bytes, 1 << 20);
    }
}

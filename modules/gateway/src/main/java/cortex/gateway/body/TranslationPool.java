package cortex.gateway.body;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.failure.Limit;
import cortex.core.log.Quantity;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Where long work on requests' bodies is done: on a few platform threads, since a virtual thread
/// that computes holds up all others. Clients take turns, and none has more than half of the
/// threads at once. Work that takes too long, or whose request is given up, is interrupted. Short
/// work is done by whoever asks, but by so few at once that a processor is left to all the others.
/// Safe for use by many threads.
public final class TranslationPool implements AutoCloseable {
    /// The longest body that is read where it came in: one pass over it takes half a millisecond.
    public static final int SHORT_READING = 64 << 10;

    /// The longest body of which a tree is made where it came in.
    public static final int SHORT_TREE = 4 << 10;

    private static final int QUEUE = 1024;
    private static final int QUEUE_EACH = QUEUE / 4;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();
    private final Duration atMost;
    private final int threadsEach;
    private final Semaphore atOnce;
    private final List<Thread> threads = new ArrayList<>();

    /// The clients that have work waiting, by whose turn it is.
    @GuardedBy("lock")
    private final Map<String, Deque<Job>> waiting = new LinkedHashMap<>();

    @GuardedBy("lock")
    private final Map<String, Integer> running = new HashMap<>();

    @GuardedBy("lock")
    private int queued;

    @GuardedBy("lock")
    private boolean closed;

    /// On a machine of so many processors; a request's long work may take `atMost`, waiting for a
    /// thread included.
    public TranslationPool(int processors, Duration atMost) {
        int count = Math.max(2, processors - 1);
        this.atMost = atMost;
        this.threadsEach = count / 2;
        this.atOnce = new Semaphore(Math.max(1, processors - 1));
        for (int i = 0; i < count; i++) {
            Thread thread =
                    Thread.ofPlatform().daemon().name("translation-" + i).start(this::serve);
            this.threads.add(thread);
        }
    }

    /// For whom work is done: the client, what its request holds of the memory, and where to leave
    /// what gives the work up when the request ends early.
    public record Owner(String client, MemoryBudget.Account account, Consumer<Runnable> onCancel) {}

    /// Does short work on the owner's own thread, once few enough others do.
    ///
    /// @throws InterruptedException when interrupted while waiting
    public <T> T runShort(Supplier<T> work) throws InterruptedException {
        atOnce.acquire();
        try {
            return work.get();
        } finally {
            atOnce.release();
        }
    }

    /// Does work on a thread of the pool. Work that was given up and goes on for a while keeps the
    /// memory that the owner had until it ends.
    ///
    /// @throws FailureException what the work throws, Overloaded when too much waits already,
    ///   Refused when it took too long, ClientGone when it was given up
    /// @throws InterruptedException when interrupted while waiting
    public <T> T run(Owner owner, Supplier<T> work) throws InterruptedException {
        Answer<T> answer = new Answer<>();
        Job job = new Job(owner.client(), () -> answer.value = work.get());
        submit(job);
        boolean ended = false;
        try {
            owner.onCancel().accept(job::cancel);
            ended = job.ended.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } finally {
            if (!ended) {
                abandon(job, owner.account());
            }
        }
        if (!ended) {
            throw new FailureException(tooLong());
        }
        job.rethrow();
        T value = answer.value;
        if (value == null) {
            throw new FailureException(new Failure.ClientGone());
        }
        return value;
    }

    private static final class Answer<T> {
        private volatile @Nullable T value;
    }

    private void submit(Job job) {
        lock.lock();
        try {
            if (closed) {
                throw new FailureException(new Failure.ShuttingDown());
            }
            Deque<Job> own = waiting.computeIfAbsent(job.client, _ -> new ArrayDeque<>());
            if (queued >= QUEUE || own.size() >= QUEUE_EACH) {
                if (own.isEmpty()) {
                    waiting.remove(job.client);
                }
                throw new FailureException(
                        new Failure.Overloaded(
                                "Too many large requests are waiting to be read. Try again in 2 s.",
                                Duration.ofSeconds(2),
                                Limit.BODIES));
            }
            own.add(job);
            queued++;
            more.signal();
        } finally {
            lock.unlock();
        }
    }

    private void abandon(Job job, MemoryBudget.Account account) {
        MemoryBudget.Account left = account.moved();
        if (!job.closeAtEnd(left)) {
            left.close();
        }
        job.cancel();
    }

    private Failure tooLong() {
        return new Failure.Refused(
                503,
                "Reading this request took longer than "
                        + Quantity.of(atMost)
                        + " (translation_timeout). Send a smaller one, or"
                        + " try again when less is going on.");
    }

    /// One thread's life.
    private void serve() {
        while (true) {
            Job job;
            lock.lock();
            try {
                while ((job = next()) == null) {
                    if (closed) {
                        return;
                    }
                    more.awaitUninterruptibly();
                }
                job.begins();
            } finally {
                lock.unlock();
            }
            job.run();
            end(job);
        }
    }

    /// The first job of the first client that may have another thread.
    @GuardedBy("lock")
    private @Nullable Job next() {
        String name = null;
        for (String client : waiting.keySet()) {
            if (running.getOrDefault(client, 0) < threadsEach) {
                name = client;
                break;
            }
        }
        Deque<Job> own = name == null ? null : waiting.remove(name);
        if (name == null || own == null) {
            return null;
        }
        Job job = own.remove();
        queued--;
        if (!own.isEmpty()) {
            waiting.put(name, own);
        }
        running.merge(name, 1, Integer::sum);
        return job;
    }

    private void end(Job job) {
        MemoryBudget.@Nullable Account left;
        lock.lock();
        try {
            left = job.ends();
            // An interruption that came after the work's end is not the next one's.
            Thread.interrupted();
            running.computeIfPresent(job.client, (_, n) -> n == 1 ? null : n - 1);
            more.signal();
        } finally {
            lock.unlock();
        }
        if (left != null) {
            left.close();
        }
        job.ended.countDown();
    }

    /// Ends the threads. Work that is under way is interrupted.
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            more.signalAll();
            threads.forEach(Thread::interrupt);
        } finally {
            lock.unlock();
        }
    }

    /// One piece of work.
    private final class Job {
        final String client;
        final CountDownLatch ended = new CountDownLatch(1);
        private final Runnable work;
        private volatile @Nullable Throwable problem;
        private volatile boolean cancelled;

        @GuardedBy("lock")
        private @Nullable Thread thread;

        @GuardedBy("lock")
        private boolean over;

        @GuardedBy("lock")
        private MemoryBudget.@Nullable Account left;

        Job(String client, Runnable work) {
            this.client = client;
            this.work = work;
        }

        /// Is on this thread from now on.
        void begins() {
            lock.lock();
            try {
                thread = Thread.currentThread();
            } finally {
                lock.unlock();
            }
        }

        /// Is on no thread any more; the account that is to be closed now.
        MemoryBudget.@Nullable Account ends() {
            lock.lock();
            try {
                thread = null;
                over = true;
                return left;
            } finally {
                lock.unlock();
            }
        }

        void run() {
            if (cancelled) {
                return;
            }
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                problem = e;
            }
        }

        /// Throws what the work threw.
        void rethrow() {
            switch (problem) {
                case null -> {}
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new IllegalStateException(e);
            }
        }

        /// Nothing once it has ended. Of what did not begin, only the shell stays in the queue.
        void cancel() {
            cancelled = true;
            lock.lock();
            try {
                if (thread != null) {
                    thread.interrupt();
                } else if (!over) {
                    dequeue();
                }
            } finally {
                lock.unlock();
            }
        }

        @GuardedBy("lock")
        private void dequeue() {
            Deque<Job> own = waiting.get(client);
            if (own != null && own.remove(this)) {
                queued--;
                if (own.isEmpty()) {
                    waiting.remove(client);
                }
                over = true;
                ended.countDown();
            }
        }

        /// Has the account closed at the end; false when there is nothing to wait for.
        boolean closeAtEnd(MemoryBudget.Account account) {
            lock.lock();
            try {
                if (thread == null) {
                    return false;
                }
                left = account;
                return true;
            } finally {
                lock.unlock();
            }
        }
    }
}

package cortex.relay.pump;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.time.SystemTime;
import cortex.core.time.Time;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The body of an engine's response as it comes. Owns the bytes between the HTTP client and the one
/// thread that reads; any thread may close it. At most {@link #WINDOW} reads of the client's socket
/// wait here, so a reader that stalls makes the engine stall; and a body that is held until it is
/// whole takes the room for it out of a common one, or is not held.
public final class EngineBody extends InputStream {
    /// How many deliveries may be under way: enough that the client's selector rarely has to stop
    /// and start reading, few enough that a stalled stream holds little (a delivery is ≤ 16 KiB).
    private static final int WINDOW = 4;

    private static final int FIRST = 2 << 10;

    /// A delivery in more parts than this, as of a body in tiny chunks, is put together: each part
    /// costs more than it holds.
    private static final int PARTS = 8;

    /// After how many reads an answer that goes on after its end is given up.
    private static final int REST_READS = 4;

    private static final Time CLOCK = new SystemTime();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final CompletableFuture<EngineBody> ready = new CompletableFuture<>();
    private final long holdUntil;
    private final HeldAnswers room;

    /// Whether it waits to be whole; what of it came until then, and for how much room was taken.
    @GuardedBy("lock")
    private boolean holding;

    @GuardedBy("lock")
    private byte[] held = {};

    @GuardedBy("lock")
    private long roomTaken;

    @GuardedBy("lock")
    private final ArrayDeque<ByteBuffer> queue = new ArrayDeque<>();

    @GuardedBy("lock")
    private Flow.@Nullable Subscription subscription;

    @GuardedBy("lock")
    private int delivered;

    @GuardedBy("lock")
    private long received;

    @GuardedBy("lock")
    private boolean ended;

    @GuardedBy("lock")
    private boolean touched;

    @GuardedBy("lock")
    private boolean closed;

    @GuardedBy("lock")
    private @Nullable Throwable failure;

    @GuardedBy("lock")
    private Tap edit = Tap.NONE;

    /// A body that counts as arrived when it is complete or `holdUntil` bytes of it are here; 0 for
    /// one that is a stream.
    EngineBody(long holdUntil) {
        this(holdUntil, HeldAnswers.HERE);
    }

    /// The same with the room for it in `room`.
    EngineBody(long holdUntil, HeldAnswers room) {
        this.holdUntil = holdUntil;
        this.room = room;
        this.holding = holdUntil > 0;
        if (!holding) {
            ready.complete(this);
        }
    }

    CompletionStage<EngineBody> ready() {
        return ready;
    }

    void subscribed(Flow.Subscription to) {
        boolean late;
        lock.lock();
        try {
            late = closed;
            subscription = to;
        } finally {
            lock.unlock();
        }
        if (late) {
            to.cancel();
        } else {
            to.request(WINDOW);
        }
    }

    void deliver(List<ByteBuffer> buffers) {
        Flow.Subscription more = null;
        boolean arrived = false;
        lock.lock();
        try {
            add(buffers);
            if (holding) {
                more = subscription;
            } else {
                delivered++;
                arrived = true;
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
        if (arrived) {
            ready.complete(this);
        }
        if (more != null) {
            more.request(1);
        }
    }

    @GuardedBy("lock")
    private void add(List<ByteBuffer> buffers) {
        if (holding && hold(buffers)) {
            return;
        }
        if (buffers.size() > PARTS) {
            ByteBuffer joined = ByteBuffer.allocate((int) size(buffers));
            buffers.forEach(joined::put);
            queue.add(joined.flip());
        } else {
            queue.addAll(buffers);
        }
    }

    private static long size(Iterable<ByteBuffer> buffers) {
        long size = 0;
        for (ByteBuffer buffer : buffers) {
            size += buffer.remaining();
        }
        return size;
    }

    /// Keeps what came; false when it does not and the body is to be passed on.
    @GuardedBy("lock")
    private boolean hold(List<ByteBuffer> buffers) {
        long length = received + size(buffers);
        if (length > held.length) {
            int larger = (int) Math.max(length, Math.max(FIRST, 2L * held.length));
            if (closed || !room.take(larger)) {
                release();
                return false;
            }
            held = Arrays.copyOf(held, larger);
            room.give(roomTaken);
            roomTaken = larger;
        }
        for (ByteBuffer buffer : buffers) {
            int part = buffer.remaining();
            buffer.get(held, (int) received, part);
            received += part;
        }
        if (received >= holdUntil) {
            release();
        }
        return true;
    }

    /// Holds no more: what is here may be read.
    @GuardedBy("lock")
    private void release() {
        holding = false;
        if (received > 0) {
            queue.add(ByteBuffer.wrap(held, 0, (int) received));
        }
        held = new byte[0];
    }

    /// What was held is held no more.
    @GuardedBy("lock")
    private void giveRoom() {
        room.give(roomTaken);
        roomTaken = 0;
    }

    /// Takes the end, the first that is told; `cause` when the engine broke off.
    void end(@Nullable Throwable cause) {
        lock.lock();
        try {
            if (ended) {
                return;
            }
            ended = true;
            if (holding) {
                release();
            }
            failure = cause;
            changed.signal();
        } finally {
            lock.unlock();
        }
        if (cause == null) {
            ready.complete(this);
        } else {
            ready.completeExceptionally(cause);
        }
    }

    /// Has its bytes changed in place by `tap` as they are read; to be called before any are.
    public void editedBy(Tap tap) {
        lock.lock();
        try {
            edit = tap;
        } finally {
            lock.unlock();
        }
    }

    /// The whole body when it is already here and none of it was read, else null. Reads it.
    public byte @Nullable [] whole() {
        lock.lock();
        try {
            if (!ended || touched || failure != null) {
                return null;
            }
            touched = true;
            byte[] bytes = new byte[(int) size(queue)];
            int at = 0;
            for (ByteBuffer buffer : queue) {
                int length = buffer.remaining();
                buffer.get(bytes, at, length);
                at += length;
            }
            queue.clear();
            giveRoom();
            edit.on(bytes, 0, bytes.length);
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    /// Waits up to `atMost` for bytes and takes as many as are here: their number, 0 when none came
    /// in time, -1 at the end.
    ///
    /// @throws EngineException BROKEN when the engine broke off, CANCELLED when closed from our
    ///   side
    public int poll(byte[] into, Duration atMost) throws EngineException, InterruptedException {
        return poll(into, 0, into.length, atMost.toNanos());
    }

    private int poll(byte[] into, int offset, int length, long atMostNanos)
            throws EngineException, InterruptedException {
        Flow.Subscription more = null;
        int replenish = 0;
        int taken = 0;
        lock.lockInterruptibly();
        try {
            if (!awaitSomething(atMostNanos)) {
                return 0;
            }
            touched = true;
            if (closed) {
                throw new EngineException(EngineException.Kind.CANCELLED, "given up", null);
            }
            taken = take(into, offset, length);
            if (taken == 0 && ended) {
                if (failure != null) {
                    throw new EngineException(
                            EngineException.Kind.BROKEN, "broke off in its answer", failure);
                }
                return -1;
            }
            if (queue.isEmpty() && delivered > 0 && !ended) {
                replenish = delivered;
                delivered = 0;
                more = subscription;
            }
        } finally {
            lock.unlock();
        }
        if (more != null) {
            more.request(replenish);
        }
        return taken;
    }

    @GuardedBy("lock")
    private boolean awaitSomething(long atMostNanos) throws InterruptedException {
        long left = atMostNanos;
        while (queue.isEmpty() && !ended && !closed) {
            if (left <= 0) {
                return false;
            }
            left = PatientWait.await(lock, changed, left);
        }
        return true;
    }

    @GuardedBy("lock")
    private int take(byte[] into, int offset, int length) {
        int taken = 0;
        while (taken < length) {
            ByteBuffer next = queue.peek();
            if (next == null) {
                break;
            }
            int part = Math.min(length - taken, next.remaining());
            next.get(into, offset + taken, part);
            taken += part;
            if (!next.hasRemaining()) {
                queue.remove();
                giveRoom();
            }
        }
        edit.on(into, offset, taken);
        return taken;
    }

    /// Reads up to `most` bytes for at most `atMost`; what is here by then is all.
    ///
    /// @throws EngineException as {@link #poll} does
    public byte[] beginning(int most, Duration atMost)
            throws EngineException, InterruptedException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] part = new byte[Math.min(most, 8 << 10)];
        long deadline = CLOCK.nanos() + atMost.toNanos();
        while (all.size() < most) {
            long left = Math.max(0, deadline - CLOCK.nanos());
            int n = poll(part, 0, Math.min(part.length, most - all.size()), left);
            if (n <= 0) {
                break;
            }
            all.write(part, 0, n);
        }
        return all.toByteArray();
    }

    /// Reads and drops what follows a complete answer, mostly nothing, so that the engine's
    /// connection can be used again. Gives up on an engine that says nothing for `silence`, goes on
    /// or breaks off: the answer is whole, and closing this ends the connection.
    public void skipRest(Duration silence) throws InterruptedException {
        byte[] dropped = new byte[FIRST];
        try {
            int reads = 0;
            while (reads < REST_READS && poll(dropped, silence) > 0) {
                reads++;
            }
        } catch (EngineException e) {
            System.getLogger(EngineBody.class.getName())
                    .log(System.Logger.Level.DEBUG, "after the end of an answer", e);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        int n = read(one, 0, 1);
        return n < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        try {
            return poll(into, offset, length, Long.MAX_VALUE);
        } catch (EngineException e) {
            throw new IOException(e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for the engine");
        }
    }

    /// Gives the rest up: unless the body has ended, the engine's connection is closed and a reader
    /// gets CANCELLED. Safe from any thread, any number of times.
    @Override
    public void close() {
        Flow.Subscription open = null;
        lock.lock();
        try {
            if (!closed && !ended) {
                closed = true;
                open = subscription;
                queue.clear();
                changed.signal();
            }
            holding = false;
            held = new byte[0];
            giveRoom();
        } finally {
            lock.unlock();
        }
        if (open != null) {
            open.cancel();
        }
    }
}

package cortex.relay.http;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.time.Time;
import cortex.relay.connection.Connection;
import cortex.relay.connection.RequestInput;
import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.CloseConnectionException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Reads a client's socket while its response is being produced, so that a hang-up is noticed at
/// once and not with the next write. What it reads in vain (the next request, pipelined) it hands
/// over, so that keep-alive goes on. One for each connection; owns the connection's read side.
public final class ClientWatch {
    private static final ScopedValue<ClientWatch> CURRENT = ScopedValue.newInstance();
    private static final System.Logger LOG = System.getLogger(ClientWatch.class.getName());

    /// What is read at once where a request's head is expected, and of a body. The first is held by
    /// every connection that waits.
    private static final int HEAD_READ = 2 << 10;

    private static final int BODY_READ = 16 << 10;
    private static final ByteBuffer EOF = ByteBuffer.allocate(0);

    /// A request that was there this soon after it was looked for had come before.
    private static final Duration AT_ONCE = Duration.ofNanos(15_000);

    /// So many of a known client's requests in a row come at once by chance.
    private static final int BY_CHANCE = 16;

    /// For how long others go first; a thread that waits at all goes to the end of the queue.
    private static final Duration TURN = Duration.ofMillis(1);

    /// After how many portions that are dropped others go first.
    private static final int DROPPED = 16;

    /// How long a client that was answered early may go on sending.
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final Connection connection;
    private final RequestInput input;
    private final Time time;
    private final DataReader reader = DataReader.create(this::next);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition readDone = lock.newCondition();

    @GuardedBy("lock")
    private final ReadAhead pending = new ReadAhead();

    @GuardedBy("lock")
    private boolean reading;

    @GuardedBy("lock")
    private boolean eof;

    @GuardedBy("lock")
    private @Nullable Runnable onGone;

    /// Whether more was sent ahead than is kept, so that what follows is dropped: its client's
    /// leaving is seen all the same, and the connection ends with the answer.
    @GuardedBy("lock")
    private boolean dropping;

    /// Whether what is pending first came with what was read before it; for the connection's own
    /// thread.
    private boolean leftOver;

    /// How many requests in a row were there at once.
    private int atOnce;

    private boolean inRequest;
    private boolean lastRequest;
    private boolean answeredEarly;
    private volatile boolean unreadable;
    private String requestId = "";

    ClientWatch(Connection connection, RequestInput input, Time time) {
        this.connection = connection;
        this.input = input;
        this.time = time;
    }

    /// The watch of the connection whose request this thread handles.
    ///
    /// @throws IllegalStateException outside of a request of a server of {@link HttpServers}
    public static ClientWatch current() {
        if (!CURRENT.isBound()) {
            throw new IllegalStateException("no request of a watched server on this thread");
        }
        return CURRENT.get();
    }

    /// Starts to watch; call it only after the request's body was read in full. `gone` runs at most
    /// once, on another thread (or at once, when the client has already left), and must not block.
    public void watch(Runnable gone) {
        connection.leaveTurn();
        boolean already;
        boolean start = false;
        lock.lock();
        try {
            already = eof;
            if (!already) {
                onGone = gone;
                start = !reading;
                reading |= start;
            }
        } finally {
            lock.unlock();
        }
        if (already) {
            gone.run();
        } else if (start) {
            Thread.ofVirtual().name("client-watch").start(this::readAhead);
        }
    }

    /// Ends the watching: what was given to {@link #watch} will not start any more.
    public void unwatch() {
        lock.lock();
        try {
            onGone = null;
        } finally {
            lock.unlock();
        }
    }

    /// Says, on the request's own thread, that the request may be served. A connection that has
    /// shown a key gives way to newcomers only after all that have not.
    ///
    /// @param byKey whether a key was shown and is right; false where none is asked for
    public void letIn(boolean byKey) {
        connection.letIn(byKey);
    }

    static ScopedValue<ClientWatch> scope() {
        return CURRENT;
    }

    /// What the server's own HTTP parser reads from.
    DataReader reader() {
        return reader;
    }

    Connection connection() {
        return connection;
    }

    /// A request's head was understood; its handling begins.
    ///
    /// @param bodyBytes how long its body is, or -1 when it is chunked
    /// @param last whether the client wants no further one
    void requestBegins(String id, long bodyBytes, boolean last) {
        inRequest = true;
        lastRequest = last;
        requestId = id;
        input.bodyIs(bodyBytes);
    }

    void requestEnds() {
        inRequest = false;
    }

    /// The request is answered and its body was read to the end; next comes another's head.
    ///
    /// @throws CloseConnectionException when no other is wanted
    void requestIsOver() {
        input.headIsNext();
        connection.socket().rest();
        if (connection.isRefusedForGood()) {
            answeredEarly = true;
            throw new CloseConnectionException("refused again and again");
        }
        if (hasDropped()) {
            answeredEarly = true;
            throw new CloseConnectionException("more was sent ahead than is kept");
        }
        if (lastRequest) {
            // The library announces the close, and then waits for the client to do it.
            throw new CloseConnectionException("closed as announced");
        }
        if (!connection.requestEnds()) {
            throw new CloseConnectionException("no further request is wanted");
        }
    }

    private boolean hasDropped() {
        lock.lock();
        try {
            return dropping;
        } finally {
            lock.unlock();
        }
    }

    /// Whether a request is being handled; for the connection's own thread.
    boolean isInRequest() {
        return inRequest;
    }

    /// The id of the request being handled; for the connection's own thread.
    String requestId() {
        return requestId;
    }

    /// Says, on the request's own thread, that it is answered before the client has sent all of it.
    /// Closing at once would reset the connection, and the client would never see the answer (RFC
    /// 9112 §9.6); so what still comes is read and dropped for a moment.
    public void answeredEarly() {
        answeredEarly = true;
    }

    /// Says that the rest of the request cannot be made out, or that its client has left, so that
    /// the connection ends with the answer to it; may be said by whichever thread reads the body.
    void unreadable() {
        unreadable = true;
    }

    boolean isUnreadable() {
        return unreadable;
    }

    /// Drops what a client that was answered early still sends, until it closes or two seconds are
    /// over; does nothing for any other.
    void linger() {
        if ((!answeredEarly && !unreadable) || !connection.lingers()) {
            return;
        }
        Thread end = Thread.ofVirtual().name("client-linger").start(this::cutLater);
        for (int i = 1; nextBytes(BODY_READ).hasRemaining(); i++) {
            if (i % DROPPED == 0 || connection.isRefusedForGood()) {
                letOthersRun();
            }
        }
        end.interrupt();
    }

    /// The same for a client that TLS kept out.
    void lingerAfterRefusal() {
        Thread end = Thread.ofVirtual().name("client-linger").start(this::cutLater);
        connection.socket().drop();
        end.interrupt();
    }

    private void cutLater() {
        try {
            time.sleep(LINGER);
            connection.cut();
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.TRACE, "the client closed by itself");
        }
    }

    private void readAhead() {
        boolean more = true;
        while (more) {
            boolean dropped = false;
            ByteBuffer bytes = EOF;
            Runnable gone = null;
            try {
                bytes = pull(HEAD_READ);
            } finally {
                lock.lock();
                try {
                    if (!bytes.hasRemaining()) {
                        eof = true;
                        gone = onGone;
                        onGone = null;
                    } else if (onGone != null && (pending.isFull() || dropping)) {
                        // Once the request is over, what comes is the next one's.
                        dropping = true;
                    } else {
                        pending.add(bytes);
                    }
                    dropped = dropping;
                    more = !eof && onGone != null;
                    reading = more;
                    readDone.signalAll();
                } finally {
                    lock.unlock();
                }
            }
            if (gone != null) {
                gone.run();
            }
            if (more && dropped) {
                letOthersRun();
            }
        }
    }

    /// The next bytes for the parser, on the connection's own thread.
    private byte @Nullable [] next() {
        boolean head = input.isHeadNext();
        while (true) {
            if (!head) {
                connection.leaveTurn();
                connection.bodyAwaited();
            }
            ByteBuffer bytes =
                    head && input.isAtStart()
                            ? firstBytes()
                            : nextBytes(head ? HEAD_READ : BODY_READ);
            if (!bytes.hasRemaining()) {
                if (head && input.isAtStart()) {
                    return null;
                }
                throw new CloseConnectionException("the client broke off within a request");
            }
            if (!head) {
                connection.bodyCame(bytes.remaining());
            }
            byte[] taken = input.take(bytes);
            giveBack(bytes);
            if (taken.length > 0) {
                return taken;
            }
        }
    }

    /// The first bytes of a request. One that came with the request before it was sent ahead: its
    /// client does not wait for answers, and its thread would never wait either. A stranger's is
    /// taken for such when it is there at once; one of a client that was let in, when several in a
    /// row were, since a fast client's may be too.
    private ByteBuffer firstBytes() {
        connection.leaveTurn();
        boolean ahead = leftOver;
        long asked = time.nanos();
        ByteBuffer bytes = nextBytes(HEAD_READ);
        atOnce = time.nanos() - asked < AT_ONCE.toNanos() ? atOnce + 1 : 0;
        if (ahead || atOnce > BY_CHANCE || (atOnce > 0 && connection.isStrangersAgain())) {
            letOthersRun();
            takeTurn();
        }
        return bytes;
    }

    private void takeTurn() {
        try {
            connection.takeTurn();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            connection.cut();
        }
    }

    private void letOthersRun() {
        try {
            time.sleep(TURN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            connection.cut();
        }
    }

    /// What belongs to the next request.
    private void giveBack(ByteBuffer rest) {
        if (rest.hasRemaining()) {
            leftOver = true;
            lock.lock();
            try {
                pending.addFirst(rest);
            } finally {
                lock.unlock();
            }
        }
    }

    private ByteBuffer nextBytes(int most) {
        leftOver = false;
        lock.lock();
        try {
            while (reading && pending.isEmpty()) {
                readDone.await();
            }
            ByteBuffer ahead = pending.poll();
            if (ahead != null) {
                return ahead;
            }
            if (eof) {
                return EOF;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            connection.cut();
            return EOF;
        } finally {
            lock.unlock();
        }
        return pull(most);
    }

    private ByteBuffer pull(int most) {
        try {
            byte[] bytes = new byte[most];
            int n = connection.socket().read(bytes, 0, most);
            return n <= 0 ? EOF : ByteBuffer.wrap(bytes, 0, n);
        } catch (UncheckedIOException e) {
            LOG.log(System.Logger.Level.TRACE, "reading a client's socket", e);
            return EOF;
        }
    }
}

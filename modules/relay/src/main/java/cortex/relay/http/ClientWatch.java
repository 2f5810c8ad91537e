package cortex.relay.http;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.time.Time;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ServerConnectionException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Reads a client's socket while its response is being produced, so that a hang-up is noticed at
/// once and not with the next write. What it reads in vain (the next request, pipelined) it hands
/// over, so that keep-alive goes on. One for each connection; owns the connection's read side and
/// knows since when it waits for the client.
public final class ClientWatch {
    private static final ScopedValue<ClientWatch> CURRENT = ScopedValue.newInstance();
    private static final System.Logger LOG = System.getLogger(ClientWatch.class.getName());

    /// How much a client may send ahead before its hang-up is no longer watched for.
    private static final int READ_AHEAD = 64 << 10;

    private static final byte[] EOF = new byte[0];

    /// How long a client that was answered early may go on sending.
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final HelidonSocket socket;
    private final DataReader origin;
    private final Time time;
    private final DataReader reader = DataReader.create(this::next);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition readDone = lock.newCondition();

    @GuardedBy("lock")
    private final ArrayDeque<byte[]> pending = new ArrayDeque<>();

    @GuardedBy("lock")
    private int pendingBytes;

    @GuardedBy("lock")
    private boolean reading;

    @GuardedBy("lock")
    private boolean eof;

    @GuardedBy("lock")
    private @Nullable Runnable onGone;

    private BooleanSupplier betweenRequests = () -> false;
    private boolean inRequest;
    private boolean answeredEarly;
    private volatile boolean unreadable;
    private String requestId = "";

    private volatile Waiting waitingFor = Waiting.NOTHING;
    private volatile long waitingSince;
    private volatile long writingSince;

    /// What the connection's own thread waits for from the client.
    private enum Waiting {
        NOTHING,
        NEXT_REQUEST,
        REST_OF_HEAD,
        REST_OF_BODY
    }

    ClientWatch(HelidonSocket socket, DataReader origin, Time time) {
        this.socket = socket;
        this.origin = origin;
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
        boolean already;
        boolean start = false;
        lock.lock();
        try {
            already = eof;
            if (!already) {
                onGone = gone;
                start = !reading && pendingBytes < READ_AHEAD;
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

    static ScopedValue<ClientWatch> scope() {
        return CURRENT;
    }

    /// What the server's own HTTP parser reads from.
    DataReader reader() {
        return reader;
    }

    /// Tells when the parser is at a request's first line, where silence is idleness.
    void betweenRequests(BooleanSupplier atFirstLine) {
        betweenRequests = atFirstLine;
    }

    /// A request's head is complete; its handling begins.
    void requestBegins(String id) {
        inRequest = true;
        requestId = id;
        waitingFor = Waiting.NOTHING;
    }

    void requestEnds() {
        inRequest = false;
    }

    /// Whether a request is being handled; for the connection's own thread.
    boolean isInRequest() {
        return inRequest;
    }

    /// The id of the request being handled; for the connection's own thread.
    String requestId() {
        return requestId;
    }

    void writeBegins() {
        writingSince = time.nanos() | 1;
    }

    void writeEnds() {
        writingSince = 0;
    }

    /// Whether the client has kept the connection's thread waiting for too long.
    boolean isOverdue(long now, ServerSettings.Patience patience) {
        long writing = writingSince;
        if (writing != 0 && now - writing > patience.stalledRead().toNanos()) {
            return true;
        }
        long waited = now - waitingSince;
        return switch (waitingFor) {
            case NOTHING -> false;
            case NEXT_REQUEST -> waited > patience.idle().toNanos();
            case REST_OF_HEAD, REST_OF_BODY -> waited > patience.slowRequest().toNanos();
        };
    }

    /// Says, on the request's own thread, that it is answered before the client has sent all of it.
    /// Closing at once would reset the connection, and the client would never see the answer (RFC
    /// 9112 §9.6); so what still comes is read and dropped for a moment.
    public void answeredEarly() {
        answeredEarly = true;
    }

    /// Says that the rest of the request cannot be made out, so that the connection ends with the
    /// answer to it; may be said by whichever thread reads the body.
    void unreadable() {
        unreadable = true;
    }

    boolean isUnreadable() {
        return unreadable;
    }

    /// Drops what a client that was answered early still sends, until it closes or two seconds are
    /// over; does nothing for any other.
    void linger() {
        if (!answeredEarly && !unreadable) {
            return;
        }
        Thread end = Thread.ofVirtual().name("client-linger").start(this::cutLater);
        byte[] dropped;
        do {
            dropped = nextBytes();
        } while (dropped.length > 0);
        end.interrupt();
    }

    private void cutLater() {
        try {
            time.sleep(LINGER);
            cut();
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.TRACE, "the client closed by itself");
        }
    }

    /// Closes the client's socket; whoever reads or writes it finds it closed.
    void cut() {
        try {
            socket.close();
        } catch (UncheckedIOException e) {
            LOG.log(System.Logger.Level.DEBUG, "closing a client's socket", e);
        }
    }

    private void readAhead() {
        boolean more = true;
        while (more) {
            byte[] bytes = EOF;
            Runnable gone = null;
            try {
                bytes = pull();
            } finally {
                lock.lock();
                try {
                    if (bytes.length == 0) {
                        eof = true;
                        gone = onGone;
                        onGone = null;
                    } else {
                        pending.add(bytes);
                        pendingBytes += bytes.length;
                    }
                    more = !eof && onGone != null && pendingBytes < READ_AHEAD;
                    reading = more;
                    readDone.signalAll();
                } finally {
                    lock.unlock();
                }
            }
            if (gone != null) {
                gone.run();
            }
        }
    }

    /// The next bytes for the parser, on the connection's own thread.
    private byte @Nullable [] next() {
        Waiting kind = kind();
        if (kind != Waiting.REST_OF_HEAD || waitingFor != Waiting.REST_OF_HEAD) {
            waitingSince = time.nanos();
            waitingFor = kind;
        }
        byte[] bytes = nextBytes();
        if (bytes.length == 0) {
            if (kind == Waiting.NEXT_REQUEST) {
                return null;
            }
            throw new CloseConnectionException("the client broke off in the middle of a request");
        }
        if (kind == Waiting.REST_OF_BODY) {
            waitingFor = Waiting.NOTHING;
        } else if (kind == Waiting.NEXT_REQUEST) {
            waitingSince = time.nanos();
            waitingFor = Waiting.REST_OF_HEAD;
        }
        return bytes;
    }

    private Waiting kind() {
        if (inRequest) {
            return Waiting.REST_OF_BODY;
        }
        boolean idle = betweenRequests.getAsBoolean() && reader.available() == 0;
        return idle ? Waiting.NEXT_REQUEST : Waiting.REST_OF_HEAD;
    }

    private byte[] nextBytes() {
        lock.lock();
        try {
            while (reading && pending.isEmpty()) {
                readDone.await();
            }
            byte[] ahead = pending.poll();
            if (ahead != null) {
                pendingBytes -= ahead.length;
                return ahead;
            }
            if (eof) {
                return EOF;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            cut();
            return EOF;
        } finally {
            lock.unlock();
        }
        return pull();
    }

    private byte[] pull() {
        try {
            if (origin.available() > 0) {
                return origin.readBytes(origin.available());
            }
            byte[] bytes = socket.get();
            return bytes == null ? EOF : bytes;
        } catch (UncheckedIOException | ServerConnectionException e) {
            LOG.log(System.Logger.Level.TRACE, "reading a client's socket", e);
            return EOF;
        }
    }
}

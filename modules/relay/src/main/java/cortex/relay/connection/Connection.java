package cortex.relay.connection;

import cortex.core.time.Time;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// One client's connection as the server's crowd sees it: what it waits for and since when. Its own
/// thread says what happens on it; others may ask, and may close it while it has no request.
public final class Connection {
    private static final System.Logger LOG = System.getLogger(Connection.class.getName());

    /// How long a client that has its answer may keep silent before the rest of its request.
    private static final Duration AFTER_ANSWER = Duration.ofSeconds(2);

    /// How soon the next bytes of a head or a body come from a client that is at work.
    private static final Duration ROUND_TRIP = Duration.ofMillis(100);

    /// How long a client may take from its connection to its first request's head, if a newcomer is
    /// not to take its place before others'.
    private static final Duration FIRST = Duration.ofSeconds(1);

    /// For how long a client that is at work may not take what is written to it.
    private static final Duration PAUSE = Duration.ofSeconds(5);

    /// How many refusals in a row a stranger hears on one connection. A flood of requests that are
    /// sent ahead then costs its sender a new connection each time.
    public static final int MOST_REFUSALS = 20;

    /// What goes on.
    private enum Phase {
        /// No request: nothing has come of a head, or not all of it.
        WAITING,
        /// From the end of a request's head to the end of its answer.
        BUSY,
        /// Closed by the server; what comes now is not looked at.
        CLOSED
    }

    /// Why a connection may be closed for another's sake.
    enum Kind {
        /// It has held its place for longer than a client at work does.
        IDLE,
        /// It has nothing to do just now: it has only just come, or was only just answered.
        MOMENT,
        /// Its request has not been let in yet.
        UNJUDGED
    }

    /// Why it may be closed, and for how long it has held its place so.
    record Hold(Kind kind, long nanos) {}

    private final ClientSocket socket;
    private final Connections crowd;
    private final Time time;

    /// Who counts for it, or null when it may have as many as there are.
    private final @Nullable String client;

    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.WAITING);
    private final Wait upload = new Wait();
    private final Wait writing = new Wait();
    private volatile long waitingSince;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean headBegun;
    private volatile boolean answered;

    /// Since when it has been without a request that was served, or since it began its present one.
    private volatile long heldSince;

    private volatile boolean everAnswered;

    /// Whether its last request showed a key.
    private volatile boolean known;

    /// Whether its present request may be served, as far as keys go.
    private volatile boolean letIn;

    /// Whether its last answer refused a stranger, and nothing was let in since.
    private volatile boolean refused;

    /// How many refusals came last, one after the other; for its own thread.
    private int refusals;

    /// The turn it has, as one that sends ahead; for its own thread.
    private @Nullable Semaphore turn;

    private volatile @Nullable Thread thread;

    Connection(ClientSocket socket, @Nullable String client, Connections crowd, Time time) {
        this.socket = socket;
        socket.beforeWriting(this::leaveTurn);
        this.client = client;
        this.crowd = crowd;
        this.time = time;
        waitingSince = time.nanos();
        heldSince = waitingSince;
    }

    /// The socket, for its own thread.
    public ClientSocket socket() {
        return socket;
    }

    @Nullable String client() {
        return client;
    }

    /// Its own thread, to be woken when the server ends.
    public void runsOn(Thread current) {
        thread = current;
    }

    /// The first bytes of a head have come; the time for all of it begins.
    public void headBegins() {
        waitingSince = time.nanos();
        headBegun = true;
    }

    /// The head of a request is there, or what came is answered as it is. From now on the
    /// connection is not closed to make room.
    ///
    /// @return false when it has just been closed
    public boolean requestBegins() {
        if (!phase.compareAndSet(Phase.WAITING, Phase.BUSY)) {
            return false;
        }
        upload.reset();
        writing.reset();
        answered = false;
        letIn = false;
        if (everAnswered && !refused) {
            heldSince = time.nanos();
        }
        crowd.busy(this);
        return true;
    }

    /// The request is answered, and all of its body was read.
    ///
    /// @return false when there is to be no next one
    public boolean requestEnds() {
        headBegun = false;
        everAnswered = true;
        waitingSince = time.nanos();
        if (!refused) {
            heldSince = waitingSince;
        }
        if (!phase.compareAndSet(Phase.BUSY, Phase.WAITING)) {
            return false;
        }
        return crowd.waits(this);
    }

    /// Notes that the request may be served.
    ///
    /// @param byKey whether it has shown a key; where none is asked for, nobody does
    public void letIn(boolean byKey) {
        known = byKey;
        letIn = true;
        refused = false;
    }

    /// Notes the status of the answer that is about to be written.
    public void answers(int status) {
        known = known && letIn;
        refused = status >= 400 && !known;
        refusals = refused ? refusals + 1 : 0;
    }

    /// Whether the answer that is about to be written is the last one here, as the last of {@value
    /// #MOST_REFUSALS} refusals.
    public boolean isRefusedForGood() {
        return refusals >= MOST_REFUSALS;
    }

    /// Whether its last request was answered, and was not let in.
    public boolean isStrangersAgain() {
        return everAnswered && !letIn;
    }

    /// Waits for one of the few turns of requests that are sent ahead of the answers before them:
    /// whoever sends many at once waits for others who do, and nobody else for them. Goes on
    /// without one after a while.
    public void takeTurn() throws InterruptedException {
        leaveTurn();
        turn = isStrangersAgain() ? crowd.strangersTurn() : crowd.turn();
    }

    /// Gives the turn to the next: the request is answered, or waits itself, be it for a client
    /// that does not read.
    public void leaveTurn() {
        Semaphore left = turn;
        if (left != null) {
            turn = null;
            left.release();
        }
    }

    /// Notes that the request has its answer, whether or not all of its body has come.
    public void answered() {
        upload.reset();
        answered = true;
    }

    boolean isKnown() {
        return known;
    }

    /// The connection waits for the next bytes of a body.
    public void bodyAwaited() {
        upload.begin(time.nanos());
    }

    /// Bytes of a body have come.
    public void bodyCame(int bytes) {
        upload.end(time.nanos(), bytes);
    }

    /// Bytes are being written to the client.
    public void writeBegins() {
        writing.begin(time.nanos());
    }

    /// They have been taken, by the client or by the system for it.
    public void writeEnds(int bytes) {
        writing.end(time.nanos(), bytes);
    }

    /// The request was answered before all of it had come; what still comes is dropped.
    ///
    /// @return false when there is no time for that
    public boolean lingers() {
        headBegun = true;
        waitingSince = time.nanos();
        return phase.compareAndSet(Phase.BUSY, Phase.WAITING) && crowd.waits(this);
    }

    /// Closes the connection if the client has kept the server waiting for too long.
    boolean cutIfOverdue(long now, Patience patience) {
        if (phase.get() == Phase.WAITING) {
            long most = (headBegun ? patience.slowRequest() : patience.idle()).toNanos();
            boolean late = now - waitingSince > most && giveUp();
            if (late) {
                socket.close();
            }
            return late;
        }
        boolean late =
                patience.isReadOver(writing.bytes(), writing.total(now), writing.current(now))
                        || patience.isUploadOver(
                                upload.bytes(), upload.total(now), upload.current(now))
                        || (answered
                                && upload.behind(now, patience.minRate()) > AFTER_ANSWER.toNanos());
        if (late) {
            cut();
        }
        return late;
    }

    /// Says that it is to be closed, unless it has a request.
    boolean giveUp() {
        return phase.compareAndSet(Phase.WAITING, Phase.CLOSED);
    }

    /// Returns why it may be closed for another's sake; null when it has a request and owes
    /// nothing. A request that was let in may pause for as long as a client at work does; what a
    /// stranger is told, it takes at once. Time counts in which less than `minRate` bytes a second
    /// came or were taken, so that a byte now and then is no work.
    @Nullable Hold hold(long now, int minRate) {
        return hold(phase.get(), now, minRate);
    }

    private @Nullable Hold hold(Phase now, long at, int minRate) {
        long held = at - heldSince;
        if (now == Phase.WAITING) {
            long most = (everAnswered ? ROUND_TRIP : FIRST).toNanos();
            return new Hold(held > most ? Kind.IDLE : Kind.MOMENT, held);
        }
        if (now == Phase.CLOSED) {
            return null;
        }
        long sends = upload.behind(at, minRate);
        long takes = writing.behind(at, minRate);
        if (refused && (answered || sends > 0 || takes > 0)) {
            return new Hold(held > ROUND_TRIP.toNanos() ? Kind.IDLE : Kind.MOMENT, held);
        }
        boolean owes =
                sends > ROUND_TRIP.toNanos() || takes > (letIn ? PAUSE : ROUND_TRIP).toNanos();
        if (owes) {
            return new Hold(Kind.IDLE, Math.max(sends, takes));
        }
        return letIn || known ? null : new Hold(Kind.UNJUDGED, held);
    }

    /// Says that it is to be closed, if it still may be.
    ///
    /// @param unjudged whether also because its request has not been let in
    boolean giveWay(long now, int minRate, boolean unjudged) {
        Phase was = phase.get();
        Hold hold = hold(was, now, minRate);
        return hold != null
                && (unjudged || hold.kind() != Kind.UNJUDGED)
                && phase.compareAndSet(was, Phase.CLOSED);
    }

    /// Says that it is to be closed because the server ends: it has no request, or one that was
    /// refused and whose client lets the server wait.
    boolean giveUpToEnd(long now, int minRate) {
        return giveUp() || (refused && giveWay(now, minRate, false));
    }

    /// Closes the connection, whatever goes on; whoever reads or writes it finds it closed.
    public void cut() {
        phase.set(Phase.CLOSED);
        socket.close();
    }

    /// Its thread has come to its end, and the system has its descriptor back.
    void end() {
        ended.countDown();
    }

    /// Waits for a moment until it has ended.
    void awaitEnd(Duration most) {
        try {
            if (!ended.await(most.toNanos(), TimeUnit.NANOSECONDS)) {
                LOG.log(System.Logger.Level.DEBUG, "a closed connection still has a thread");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Closes it and wakes its thread from whatever it waits for.
    void cutHard() {
        cut();
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    /// Time spent waiting for the client, and what it gave or took meanwhile. Written by the
    /// connection's threads one after the other, read by any.
    private static final class Wait {
        private volatile long since;
        private volatile long before;
        private volatile long bytes;

        void reset() {
            since = 0;
            before = 0;
            bytes = 0;
        }

        void begin(long now) {
            since = now | 1;
        }

        @SuppressWarnings("NonAtomicVolatileUpdate")
        void end(long now, int more) {
            before += Math.max(0, now - since);
            bytes += more;
            since = 0;
        }

        long bytes() {
            return bytes;
        }

        long current(long now) {
            long began = since;
            return began == 0 ? 0 : now - began;
        }

        long total(long now) {
            return before + current(now);
        }

        /// Returns for how long the client has let the server wait just now, or altogether beyond
        /// what it has earned at `rate` bytes a second; at 0 it has earned everything.
        long behind(long now, int rate) {
            long current = current(now);
            return rate == 0
                    ? current
                    : Math.max(current, total(now) - Patience.earned(bytes, rate));
        }
    }
}

package cortex.gateway.admission;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.gateway.admission.Books.Share;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One request's place, from the asking to the end of its answer. Given back exactly once, however
/// often it is closed and by whom. Safe for use by many threads.
public final class Place implements AutoCloseable {
    enum State {
        /// Nothing is decided yet.
        NEW,
        /// Waits for a place.
        QUEUED,
        /// Has a place.
        ADMITTED,
        /// Has a place, and waits for a replica.
        AWAITING,
        /// Has a place, and is at an engine.
        SERVED,
        /// Had to go.
        EVICTED,
        /// Has gone.
        LEFT
    }

    private final CountDownLatch decided = new CountDownLatch(1);
    private final AdmissionControl admission;
    private final Share share;
    private final int weight;
    private final Consumer<Failure> giveUp;
    private volatile @Nullable Failure eviction;

    /// Written under the admission's lock only, as are the numbers.
    private volatile State state = State.NEW;

    private long number;
    private long since;
    private long servedAt;

    Place(AdmissionControl admission, Share share, int weight, Consumer<Failure> giveUp) {
        this.admission = admission;
        this.share = share;
        this.weight = weight;
        this.giveUp = giveUp;
    }

    /// Waits up to `atMost` for the place; false when it is not there yet, or was closed.
    ///
    /// @throws FailureException when the request had to leave the waiting room
    /// @throws InterruptedException when interrupted while waiting
    public boolean await(Duration atMost) throws InterruptedException {
        if (decided.getCount() != 0) {
            decided.await(Math.max(0, atMost.toNanos()), TimeUnit.NANOSECONDS);
        }
        Failure why = eviction;
        if (why != null) {
            throw new FailureException(why);
        }
        return switch (state) {
            case NEW, QUEUED, EVICTED, LEFT -> false;
            case ADMITTED, AWAITING, SERVED -> true;
        };
    }

    /// The request has its place and must wait for a replica now.
    ///
    /// @throws FailureException when there is no room to wait
    public void waitsForReplica() {
        admission.waitsForReplica(this);
    }

    /// The request goes to an engine.
    public void hasReplica() {
        admission.hasReplica(this);
    }

    /// Gives the place back, or leaves the queue. Whoever waits on it is woken.
    @Override
    public void close() {
        admission.leave(this);
    }

    Share share() {
        return share;
    }

    /// How many of those under way it counts as.
    int weight() {
        return weight;
    }

    State state() {
        return state;
    }

    /// Where it stands in the queue of all.
    long number() {
        return number;
    }

    /// Since when it waits for its turn.
    long since() {
        return since;
    }

    long servedAt() {
        return servedAt;
    }

    void become(State next) {
        state = next;
        if (next != State.NEW && next != State.QUEUED) {
            decided.countDown();
        }
    }

    void queued(long at, long now) {
        number = at;
        since = now;
        become(State.QUEUED);
    }

    void served(long now) {
        servedAt = now;
        become(State.SERVED);
    }

    void evicted(Failure why) {
        eviction = why;
        become(State.EVICTED);
    }

    /// Tells the request; not under the lock.
    void giveUp() {
        Failure why = eviction;
        if (why != null) {
            giveUp.accept(why);
        }
    }
}

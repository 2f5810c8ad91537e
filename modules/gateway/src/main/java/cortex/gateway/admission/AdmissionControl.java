package cortex.gateway.admission;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.failure.Limit;
import cortex.core.log.Quantity;
import cortex.core.time.Time;
import cortex.gateway.admission.Books.Model;
import cortex.gateway.admission.Books.Share;
import cortex.gateway.config.AdmissionConfig;
import cortex.gateway.fleet.queue.HoldBack;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Owns the places for requests under way and the waiting room. A place that comes free goes to the
/// client that has the fewest, so that nobody gets more than its share while others wait; a full
/// waiting room is shared in the same way. Safe for use by many threads.
public final class AdmissionControl {
    private static final System.Logger LOG = System.getLogger(AdmissionControl.class.getName());

    private static final Duration SOONEST = Duration.ofSeconds(1);
    private static final Duration LATEST = Duration.ofSeconds(30);
    private static final Duration UNKNOWN = Duration.ofSeconds(2);

    /// How much the last request counts for how long one takes.
    private static final int SMOOTHING = 8;

    private final ReentrantLock lock = new ReentrantLock();
    private final AdmissionConfig limits;
    private final int maxWaiters;
    private final Time time;

    @GuardedBy("lock")
    private final RandomGenerator random;

    private final BiConsumer<Duration, Runnable> later;

    @GuardedBy("lock")
    private final Books books;

    /// Whether what is held back will be looked at again.
    @GuardedBy("lock")
    private boolean comesBack;

    /// Keeps to `limits`; for one model at most `maxWaiters` may wait.
    public AdmissionControl(AdmissionConfig limits, int maxWaiters, Time time) {
        this(
                limits,
                maxWaiters,
                time,
                new Chance(new SplittableRandom(), (wait, what) -> sleepBefore(time, wait, what)));
    }

    /// What differs in tests: the draws in a full waiting room, and what does something later.
    record Chance(RandomGenerator random, BiConsumer<Duration, Runnable> later) {}

    /// One of which a test knows what comes.
    AdmissionControl(AdmissionConfig limits, int maxWaiters, Time time, Chance chance) {
        this.limits = limits;
        this.random = chance.random();
        this.later = chance.later();
        this.maxWaiters = maxWaiters;
        this.time = time;
        this.books = new Books(limits.maxInFlight());
    }

    /// Asks for a place for a request of `client` for `weight` answers, which counts as that many
    /// (or as all there are, when it asks for more). Never blocks: the place is awaited, and must
    /// be closed. `giveUp` is called on another thread when the request has to leave the waiting
    /// room for that of a client that has fewer in it; it must not block.
    ///
    /// @throws FailureException with a {@link Failure.Overloaded} when there is no room to wait, or
    ///   the client has as many under way as it may
    public Place enter(ModelProfile model, String client, int weight, Consumer<Failure> giveUp) {
        @Nullable Place evicted = null;
        Place place;
        lock.lock();
        try {
            Share share = books.share(model(model), client);
            place = new Place(this, share, places(share.model, weight), giveUp);
            checkClient(place);
            admitWaiting();
            if (books.hasPlace(share, place.weight())
                    && !books.heldBack(share.model, time.nanos())) {
                books.admit(place);
                place.become(Place.State.ADMITTED);
            } else {
                evicted = makeRoom(share);
                place.queued(books.queue(place), time.nanos());
                admitWaiting();
            }
        } finally {
            lock.unlock();
        }
        boolean notified = false;
        try {
            tell(evicted);
            notified = true;
            return place;
        } finally {
            if (!notified) {
                place.close();
            }
        }
    }

    /// How many requests for a model wait, for a place or for a load.
    public int waiting(String model) {
        return count(model, known -> known.waiting);
    }

    /// How many requests for a model have a place.
    public int inFlight(String model) {
        return count(model, known -> known.inFlight);
    }

    /// What is under way for one model: `inFlight` have a place, `waiting` wait for one or for a
    /// replica.
    public record Busy(String model, int inFlight, int waiting) {}

    /// The models for which something is under way, by name.
    public List<Busy> busyModels() {
        lock.lock();
        try {
            return books.models().stream()
                    .filter(model -> model.inFlight + model.waiting > 0)
                    .map(model -> new Busy(model.id, model.inFlight, model.waiting))
                    .sorted(Comparator.comparing(Busy::model))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    private int count(String model, ToIntFunction<Model> of) {
        lock.lock();
        try {
            Model known = books.model(model);
            return known == null ? 0 : of.applyAsInt(known);
        } finally {
            lock.unlock();
        }
    }

    void waitsForReplica(Place place) {
        @Nullable Place evicted;
        lock.lock();
        try {
            if (place.state() != Place.State.ADMITTED && place.state() != Place.State.SERVED) {
                return;
            }
            evicted = makeRoom(place.share());
            books.await(place);
            place.become(Place.State.AWAITING);
            admitWaiting();
        } finally {
            lock.unlock();
        }
        tell(evicted);
    }

    void hasReplica(Place place) {
        lock.lock();
        try {
            if (place.state() == Place.State.AWAITING) {
                books.awaitNoMore(place);
                place.served(time.nanos());
            } else if (place.state() == Place.State.ADMITTED) {
                place.served(time.nanos());
            }
        } finally {
            lock.unlock();
        }
    }

    void leave(Place place) {
        lock.lock();
        try {
            if (place.state() == Place.State.LEFT) {
                return;
            }
            if (place.state() == Place.State.SERVED) {
                learn(place.share().model, time.nanos() - place.servedAt());
            }
            remove(place);
            place.become(Place.State.LEFT);
            admitWaiting();
            books.forget(place.share());
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private Model model(ModelProfile profile) {
        Model known = books.model(profile.id());
        return known == null ? new Model(profile.id(), places(profile)) : known;
    }

    /// What a request counts as: no more than there may be, or it could never come in.
    private int places(Model model, int weight) {
        int most = weight;
        for (int limit :
                List.of(limits.maxInFlight(), limits.maxInFlightPerClient(), model.places)) {
            most = limit > 0 ? Math.min(most, limit) : most;
        }
        return Math.max(1, most);
    }

    private int places(ModelProfile model) {
        Integer own = model.maxInFlight();
        return own == null ? limits.maxInFlightPerModel() : own;
    }

    @GuardedBy("lock")
    private void checkClient(Place place) {
        Share share = place.share();
        int most = limits.maxInFlightPerClient();
        int has = share.client.underWay;
        if (most > 0 && has + place.weight() > most) {
            books.forget(share);
            String text =
                    "You have "
                            + Quantity.of(has, "request")
                            + " in flight, as many as one client may have";
            if (has < most) {
                text = "You ask for %s and have %s in flight; one client may have %d";
                text =
                        text.formatted(
                                Quantity.of(place.weight(), "answer"),
                                Quantity.of(has, "request"),
                                most);
            }
            throw new FailureException(
                    overloaded(
                            share.model,
                            text + ". Wait until one has ended, or send fewer at once.",
                            Limit.CLIENT));
        }
    }

    /// Makes sure that one more may wait; answers who has to go for it, or null.
    @GuardedBy("lock")
    private @Nullable Place makeRoom(Share share) {
        Model model = share.model;
        boolean modelFull = model.waiting >= maxWaiters;
        if (!modelFull && books.waiting() < limits.maxWaiting()) {
            return null;
        }
        Place victim = books.unfairest(share, modelFull ? model : null, random);
        int waiting = modelFull ? model.waiting : books.waiting();
        String where = modelFull ? "for '" + model.id + "' already" : "here already";
        Failure full =
                overloaded(
                        model,
                        (waiting == 1 ? "One request is" : waiting + " requests are")
                                + " waiting "
                                + where
                                + ". Try again later, or send fewer at once.",
                        modelFull ? Limit.MODEL_QUEUE : Limit.QUEUE);
        if (victim == null) {
            books.forget(share);
            throw new FailureException(full);
        }
        remove(victim);
        victim.evicted(full);
        return victim;
    }

    /// Takes a place off the books; nothing when it is not on them.
    @GuardedBy("lock")
    private void remove(Place place) {
        switch (place.state()) {
            case QUEUED -> books.unqueue(place);
            case AWAITING -> {
                books.awaitNoMore(place);
                books.release(place);
            }
            case ADMITTED, SERVED -> books.release(place);
            case NEW, EVICTED, LEFT -> {}
        }
    }

    @GuardedBy("lock")
    private void admitWaiting() {
        long now = time.nanos();
        for (Place next; (next = books.next(now)) != null; ) {
            books.unqueue(next);
            books.admit(next);
            next.become(Place.State.ADMITTED);
        }
        if (!comesBack && books.holdsBack(now)) {
            comesBack = true;
            later.accept(HoldBack.LONGEST, this::comeBack);
        }
    }

    /// Gives away what was held back for long enough.
    private void comeBack() {
        lock.lock();
        try {
            comesBack = false;
            admitWaiting();
        } finally {
            lock.unlock();
        }
    }

    private static void sleepBefore(Time time, Duration wait, Runnable what) {
        Thread.ofVirtual()
                .name("admission-hold")
                .start(() -> {
                    try {
                        time.sleep(wait);
                    } catch (InterruptedException e) {
                        LOG.log(System.Logger.Level.DEBUG, "nobody interrupts it", e);
                    }
                    what.run();
                });
    }

    private static void learn(Model model, long nanos) {
        long mean = model.meanNanos;
        model.meanNanos = mean == 0 ? nanos : mean + (nanos - mean) / SMOOTHING;
    }

    /// A refusal that says when a place should come free, by how long requests for the model take.
    private static Failure overloaded(Model model, String text, Limit limit) {
        long turns = 1L + model.waiting / Math.max(1, model.inFlight);
        Duration wait = Duration.ofNanos(model.meanNanos).multipliedBy(turns);
        if (model.meanNanos == 0) {
            wait = UNKNOWN;
        } else if (wait.compareTo(SOONEST) < 0) {
            wait = SOONEST;
        } else if (wait.compareTo(LATEST) > 0) {
            wait = LATEST;
        }
        return new Failure.Overloaded(text, wait, limit);
    }

    private static void tell(@Nullable Place evicted) {
        if (evicted != null) {
            evicted.giveUp();
        }
    }
}

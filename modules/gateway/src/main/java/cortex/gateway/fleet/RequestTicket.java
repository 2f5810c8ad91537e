package cortex.gateway.fleet;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.view.Progress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Is the one kind of ticket there is. Its whole life is one atomic word, so that of a grant and a
/// leaving at the same moment exactly one wins: a lease is either taken by its waiter or closed
/// here.
final class RequestTicket implements Ticket {
    private sealed interface State {}

    private enum Plain implements State {
        WAITING,
        TAKEN,
        LEFT
    }

    private record Granted(RequestLease lease) implements State {}

    private record Refused(Failure failure) implements State {}

    /// One that waits for long must not gather them for ever.
    private static final int NOTES = 32;

    private record NoteText(long at, Supplier<String> text) {}

    private final AtomicReference<State> state = new AtomicReference<>(Plain.WAITING);
    private final CountDownLatch answered = new CountDownLatch(1);
    private final Fleet fleet;
    private final long id;
    private final String model;
    private final List<NoteText> news = new CopyOnWriteArrayList<>();
    private volatile boolean cold;

    RequestTicket(Fleet fleet, long id, String model) {
        this.fleet = fleet;
        this.id = id;
        this.model = model;
    }

    long id() {
        return id;
    }

    String model() {
        return model;
    }

    /// Notes what was decided about the load this request waits for, or what became of it.
    void tell(long now, Supplier<String> text) {
        if (news.size() < NOTES) {
            news.add(new NoteText(now, text));
        }
    }

    @Override
    public List<Note> notes() {
        return news.stream().map(each -> new Note(each.at, each.text.get())).toList();
    }

    void grant(Effect.Grant grant) {
        cold = grant.cold();
        RequestLease lease = new RequestLease(fleet, id, grant);
        if (state.compareAndSet(Plain.WAITING, new Granted(lease))) {
            answered.countDown();
        } else {
            lease.close();
        }
    }

    void refuse(Failure failure) {
        if (state.compareAndSet(Plain.WAITING, new Refused(failure))) {
            answered.countDown();
        }
    }

    @Override
    public @Nullable Lease await(Duration atMost) throws InterruptedException {
        if (answered.getCount() != 0) {
            answered.await(Math.max(0, atMost.toNanos()), TimeUnit.NANOSECONDS);
        }
        State now = state.get();
        return switch (now) {
            case Granted granted when state.compareAndSet(now, Plain.TAKEN) -> granted.lease;
            case Refused refused -> throw new FailureException(refused.failure);
            case Granted _, Plain _ -> null;
        };
    }

    @Override
    public boolean coldStart() {
        return cold;
    }

    @Override
    public Progress progress() {
        return fleet.progress(model);
    }

    @Override
    public void close() {
        State was = state.getAndUpdate(RequestTicket::left);
        if (was == Plain.WAITING) {
            answered.countDown();
            fleet.submit(new FleetEvent.Left(id));
        } else if (was instanceof Granted granted) {
            granted.lease.close();
        }
    }

    private static State left(State was) {
        return was == Plain.WAITING || was instanceof Granted ? Plain.LEFT : was;
    }

    /// Is a lease: closed once, however often it is asked to.
    private static final class RequestLease implements Lease {
        private final AtomicBoolean open = new AtomicBoolean(true);
        private final Fleet fleet;
        private final long request;
        private final ReplicaRef replica;
        private final @Nullable Integer slots;
        private volatile boolean answered;

        RequestLease(Fleet fleet, long request, Effect.Grant grant) {
            this.fleet = fleet;
            this.request = request;
            this.slots = grant.slots();
            Effect.Target target = grant.target();
            this.replica =
                    new ReplicaRef(
                            target.model(),
                            target.node(),
                            target.endpoint(),
                            target.engineModel(),
                            target.generation());
        }

        @Override
        public ReplicaRef replica() {
            return replica;
        }

        @Override
        public @Nullable Integer slots() {
            return slots;
        }

        @Override
        public void engineGone(String reason) {
            fleet.submit(new FleetEvent.EngineGone(replica.generation(), reason));
        }

        @Override
        public void engineFailed(String reason) {
            fleet.submit(new FleetEvent.EngineFailed(replica.generation(), reason));
        }

        @Override
        public void answered() {
            answered = true;
        }

        @Override
        public void close() {
            if (open.compareAndSet(true, false)) {
                fleet.submit(new FleetEvent.Released(request, answered));
            }
        }
    }
}

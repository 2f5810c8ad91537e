package cortex.gateway.fleet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.catalogue.ModelProfile;
import cortex.core.time.Time;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.machine.FleetMachine;
import cortex.gateway.fleet.rules.Notices;
import cortex.gateway.fleet.view.FleetView;
import cortex.gateway.fleet.view.KnownModel;
import cortex.gateway.fleet.view.Plan;
import cortex.gateway.fleet.view.Progress;
import cortex.gateway.placement.Decision;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Owns everything that changes in the fleet, behind one lock. An event is fed to the machine under
/// the lock; what the machine wants done is carried out after it is released. Safe for use by many
/// threads.
public final class Fleet implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Fleet.class.getName());

    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicLong lastRequest = new AtomicLong();
    private final Time time;
    private final Consumer<Effect.Command> commands;
    private final FleetStore store;

    @GuardedBy("lock")
    private final FleetMachine machine;

    @GuardedBy("lock")
    private final Map<Long, RequestTicket> pending = new HashMap<>();

    private volatile FleetView view;

    /// Makes a fleet that hands what nodes are to do to `commands`, which must not block and must
    /// answer each command by {@link #submit}.
    public Fleet(FleetMachine machine, Time time, Consumer<Effect.Command> commands) {
        this(machine, time, commands, FleetStore.NONE);
    }

    /// Makes a fleet that also tells when what is to be known in the next run has changed.
    public Fleet(
            FleetMachine machine, Time time, Consumer<Effect.Command> commands, FleetStore store) {
        this.machine = machine;
        this.time = time;
        this.commands = commands;
        this.store = store;
        this.view = machine.view();
    }

    /// Asks for a replica of a model. Never blocks: the answer is awaited on the ticket, which must
    /// be closed.
    public Ticket request(ModelProfile model, FleetEvent.Caller caller) {
        long id = lastRequest.incrementAndGet();
        RequestTicket ticket = new RequestTicket(this, id, model.id());
        submit(new FleetEvent.Requested(id, model, caller), ticket);
        return ticket;
    }

    /// Tells the fleet what happened and carries out what follows from it.
    public void submit(FleetEvent event) {
        submit(event, null);
    }

    /// Tells the fleet what an operator wants, and what that changes. Answers when the wish is kept
    /// for the next run: what was begun goes on, and the snapshot shows how far.
    public Effect.Outcome operate(FleetEvent.Wish wish) {
        long id = lastRequest.incrementAndGet();
        for (Effect effect : submit(new FleetEvent.Wanted(id, wish), null)) {
            if (effect instanceof Effect.Outcome outcome) {
                store.flush();
                return outcome;
            }
        }
        throw new IllegalStateException("a wish was not answered: " + wish);
    }

    /// Returns the fleet as it is now.
    public FleetSnapshot snapshot() {
        return SnapshotSource.of(view, time.nanos());
    }

    /// Returns what the engine of a model's last replica said, also when it is gone.
    public KnownModel known(String model) {
        return view.known().getOrDefault(model, KnownModel.NOTHING);
    }

    /// Returns what would be done for a request made now that belongs to no conversation.
    public Plan plan(ModelProfile model) {
        lock.lock();
        try {
            return machine.plan(model, 0, time.nanos());
        } finally {
            lock.unlock();
        }
    }

    /// Returns how many requests wait for a model.
    public int waiting(ModelProfile model) {
        return view.waiting(model.id());
    }

    /// Returns what the next run is to know, as of now.
    public FleetEvent.Kept kept() {
        lock.lock();
        try {
            return machine.kept();
        } finally {
            lock.unlock();
        }
    }

    /// Refuses everything that waits and everything that comes; open leases go on.
    @Override
    public void close() {
        submit(new FleetEvent.Closing());
    }

    private List<Effect> submit(FleetEvent event, @Nullable RequestTicket ticket) {
        FleetMachine.Reaction reaction;
        List<RequestTicket> answered;
        lock.lock();
        try {
            if (ticket != null) {
                pending.put(ticket.id(), ticket);
            }
            if (event instanceof FleetEvent.Left left) {
                pending.remove(left.request());
            }
            long now = time.nanos();
            reaction = machine.on(event, now);
            for (Notices.Note notice : reaction.notices()) {
                tell(notice.model(), now, notice::text);
            }
            for (Decision decision : reaction.decisions()) {
                tell(decision.model(), now, decision::headline);
            }
            answered = answered(reaction.effects());
            if (reaction.changed()) {
                view = machine.view();
            }
        } finally {
            lock.unlock();
        }
        reaction.decisions().forEach(made -> LOG.log(System.Logger.Level.DEBUG, made::headline));
        carryOut(reaction.effects(), answered);
        return reaction.effects();
    }

    /// Lets those who wait for the model know what was decided or happened, and when.
    @GuardedBy("lock")
    private void tell(String model, long now, Supplier<String> text) {
        for (RequestTicket ticket : pending.values()) {
            if (ticket.model().equals(model)) {
                ticket.tell(now, text);
            }
        }
    }

    /// Returns the tickets of the answers among the effects, in their order, no longer pending.
    @GuardedBy("lock")
    private List<RequestTicket> answered(List<Effect> effects) {
        List<RequestTicket> tickets = new ArrayList<>(effects.size());
        for (Effect effect : effects) {
            if (effect instanceof Effect.Answer answer) {
                RequestTicket ticket = pending.remove(answer.request());
                if (ticket == null) {
                    throw new IllegalStateException("answered twice or never asked: " + answer);
                }
                tickets.add(ticket);
            }
        }
        return tickets;
    }

    private void carryOut(List<Effect> effects, List<RequestTicket> answered) {
        int next = 0;
        for (Effect effect : effects) {
            switch (effect) {
                case Effect.Grant grant -> answered.get(next++).grant(grant);
                case Effect.Refuse refuse -> answered.get(next++).refuse(refuse.failure());
                case Effect.Remember learned -> {
                    store.changed();
                    if (learned.driftsAnew()) {
                        store.drifted(learned.footprint());
                    }
                }
                case Effect.KeepWishes _ -> store.changed();
                case Effect.Outcome _ -> {}
                case Effect.Command command -> commands.accept(command);
            }
        }
    }

    /// Returns how far a model is that is waited for.
    Progress progress(String model) {
        lock.lock();
        try {
            return machine.progress(model, time.nanos());
        } finally {
            lock.unlock();
        }
    }
}

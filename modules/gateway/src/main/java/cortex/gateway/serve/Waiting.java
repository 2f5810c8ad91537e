package cortex.gateway.serve;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Failure;
import cortex.core.failure.Failure.StillLoading.State;
import cortex.core.failure.FailureException;
import cortex.core.failure.Outward;
import cortex.core.node.ModelStatus;
import cortex.core.time.Time;
import cortex.gateway.admission.Place;
import cortex.gateway.config.TimeoutsConfig;
import cortex.gateway.deadly.Deadly;
import cortex.gateway.fleet.FleetPort;
import cortex.gateway.fleet.FleetSnapshot.ReplicaView;
import cortex.gateway.fleet.Lease;
import cortex.gateway.fleet.ReplicaRef;
import cortex.gateway.fleet.Ticket;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.view.Progress;
import cortex.gateway.fleet.view.Progress.Stage;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A request's waiting, first for a place among those under way, then for a replica, with signs of
/// life to a streaming client. It ends with the configured time; for a client that is not streaming
/// and says for how long it waits, a little before that, so that the client gets to know why. Safe
/// for use by many threads.
final class Waiting {
    /// How clients say for how many seconds they wait: OpenAI's and Anthropic's libraries by the
    /// first two.
    private static final List<HeaderName> CLIENTS_TIME =
            List.of(
                    HeaderNames.create("x-stainless-timeout"),
                    HeaderNames.create("x-stainless-read-timeout"),
                    HeaderNames.create("x-request-timeout"));

    /// What the answer needs to be there in time: a share of the client's time, within bounds.
    private static final int MARGIN_SHARE = 10;

    private static final Duration SMALLEST_MARGIN = Duration.ofMillis(200);
    private static final Duration LARGEST_MARGIN = Duration.ofSeconds(2);

    private static final double LONGEST_SECONDS = 1e6;

    /// Clients give up on an answer that tells them to wait for longer.
    private static final long LONGEST_RETRY = 60;

    private static final Duration RETRY = Duration.ofSeconds(5);

    private final FleetPort fleet;
    private final Time time;
    private final TimeoutsConfig timing;

    Waiting(FleetPort fleet, Time time, TimeoutsConfig timing) {
        this.fleet = fleet;
        this.time = time;
        this.timing = timing;
    }

    /// A request with its place among those under way, or in the waiting room for them.
    record Pending(Call call, ResolvedRequest resolved, Place place) {
        /// The model it is for.
        ModelProfile model() {
            return resolved.model();
        }

        /// The client it is from, as the fleet knows it.
        FleetEvent.Caller caller() {
            return resolved.caller();
        }

        /// What requests that end engines are known by.
        Deadly.Request request() {
            return resolved.request();
        }

        /// The same where it asks for so many answers.
        Pending weighing(int weight) {
            FleetEvent.Caller other = caller().weighing(weight);
            return new Pending(
                    call, new ResolvedRequest(model(), other, resolved.request()), place);
        }
    }

    /// Waits until the request may come in.
    ///
    /// @throws FailureException when its time is over, or it had to leave the waiting room
    void forPlace(Pending pending) throws InterruptedException {
        if (pending.place().await(Duration.ZERO)) {
            return;
        }
        Call call = pending.call();
        call.cancellation().onCancel(pending.place()::close);
        call.timeline().note("waits for a place among the requests in flight", time.nanos());
        Boolean in =
                call.reply()
                        .awaiting(
                                patience(call),
                                slice -> {
                                    boolean let = pending.place().await(slice);
                                    if (!let) {
                                        call.cancellation().check();
                                    }
                                    return let ? true : null;
                                });
        if (in == null) {
            throw new FailureException(timeOver(pending, progress(pending.model().id())));
        }
        call.timeline().note("has a place", time.nanos());
    }

    /// Waits for a replica.
    ///
    /// @throws FailureException when its time is over, or the fleet refuses it
    Lease forReplica(Pending pending) throws InterruptedException {
        Call call = pending.call();
        try (Ticket ticket = fleet.request(pending.model(), pending.caller())) {
            Lease free = ticket.await(Duration.ZERO);
            if (free == null) {
                call.cancellation().onCancel(ticket::close);
                pending.place().waitsForReplica();
                call.timeline().note("waits for a replica", time.nanos());
            }
            Lease lease = free == null ? await(pending, ticket) : free;
            boolean cold = ticket.coldStart();
            return handed(
                    lease,
                    () -> {
                        pending.place().hasReplica();
                        call.timeline().granted(lease.replica().node(), cold, time.nanos());
                    });
        }
    }

    /// A lease of another replica than `failed`, if one is to be had at once; else null.
    @Nullable Lease elsewhere(Pending pending, ReplicaRef failed) throws InterruptedException {
        FleetEvent.Caller caller = pending.caller().avoiding(failed.generation());
        try (Ticket ticket = fleet.request(pending.model(), caller)) {
            Lease lease = ticket.await(Duration.ZERO);
            if (lease == null) {
                return null;
            }
            ReplicaRef other = lease.replica();
            if (other.generation() == failed.generation()) {
                lease.close();
                return null;
            }
            return handed(
                    lease,
                    () -> pending.call().timeline().granted(other.node(), false, time.nanos()));
        }
    }

    /// A lease after what has to be done first. It is given back when that does not go well.
    private static Lease handed(Lease lease, Runnable first) {
        boolean well = false;
        try {
            first.run();
            well = true;
            return lease;
        } finally {
            if (!well) {
                lease.close();
            }
        }
    }

    private Lease await(Pending pending, Ticket ticket) throws InterruptedException {
        Call call = pending.call();
        TicketReader news = new TicketReader(call, ticket);
        try {
            Lease lease =
                    call.reply()
                            .awaiting(
                                    patience(call),
                                    slice -> {
                                        Lease granted = ticket.await(slice);
                                        if (granted == null) {
                                            news.note();
                                            call.cancellation().check();
                                        }
                                        return granted;
                                    });
            if (lease == null) {
                throw new FailureException(timeOver(pending, ticket.progress()));
            }
            return handed(lease, news::note);
        } catch (InterruptedException | RuntimeException e) {
            news.note();
            throw e;
        }
    }

    /// Notes in a request's timeline what happens in the fleet while it waits on its ticket.
    private static final class TicketReader {
        private final Call call;
        private final Ticket ticket;
        private int noted;

        TicketReader(Call call, Ticket ticket) {
            this.call = call;
            this.ticket = ticket;
        }

        void note() {
            List<Ticket.Note> all = ticket.notes();
            for (Ticket.Note note : all.subList(noted, all.size())) {
                call.timeline().note(note.text(), note.at());
            }
            noted = all.size();
        }
    }

    /// Why there is no replica, and when to come back.
    private Failure timeOver(Pending pending, Progress now) {
        String model = pending.model().id();
        Duration eta = now.eta();
        return switch (now.stage()) {
            case LOADING -> stillLoading(model, State.LOADING, now.node(), eta);
            case MAKING_ROOM ->
                    now.node() == null
                            ? noRoom(pending, "No room for '" + model + "' came free")
                            : stillLoading(model, State.MAKING_ROOM, now.node(), eta);
            case AWAY -> away(model, now);
            case QUEUED -> noRoom(pending, "No replica of '" + model + "' came free");
        };
    }

    private static Failure away(String model, Progress now) {
        String text =
                "Node %s, which serves '%s', does not answer. Try again in %d s."
                        .formatted(node(now), model, RETRY.toSeconds());
        return new Failure.NoCapacity(model, text, now.node(), RETRY);
    }

    private static String node(Progress now) {
        String node = now.node();
        return node == null ? "" : Outward.node(node);
    }

    /// Whole seconds until a load, or whatever else is waited for, is over; at least 1.
    private static long wholeSeconds(@Nullable Duration eta) {
        return eta == null ? RETRY.toSeconds() : Math.max(1, eta.plusMillis(999).toSeconds());
    }

    private static Failure stillLoading(
            String model, State state, @Nullable String node, @Nullable Duration eta) {
        Duration whole = eta == null ? null : Duration.ofSeconds(eta.plusMillis(999).toSeconds());
        return new Failure.StillLoading(
                model,
                state,
                node,
                Duration.ofSeconds(Math.min(LONGEST_RETRY, wholeSeconds(eta))),
                whole);
    }

    private Failure noRoom(Pending pending, String what) {
        Duration waited = Duration.ofNanos(time.nanos() - pending.call().scope().acceptedAt());
        String text = what + " in " + waited.toSeconds() + " s.";
        return new Failure.NoCapacity(pending.model().id(), text, RETRY);
    }

    /// How far a model is for a request that has not asked the fleet yet.
    private Progress progress(String model) {
        return fleet.snapshot().replicas().stream()
                .filter(r -> r.model().equals(model) && r.stage().status() == ModelStatus.LOADING)
                .findFirst()
                .map(Waiting::progress)
                .orElse(new Progress(Stage.QUEUED, null, null));
    }

    private static Progress progress(ReplicaView loading) {
        Double left = loading.stage().etaSecs();
        Duration eta = left == null ? null : Duration.ofMillis((long) (left * 1000));
        return new Progress(Stage.LOADING, loading.node(), eta);
    }

    /// How long the request may wait from now on.
    private Duration patience(Call call) {
        if (call.timeline().streamed()) {
            return timing.queue();
        }
        Duration clients = clientsTime(call.scope().request().headers());
        Duration left = clients.minusNanos(time.nanos() - call.scope().acceptedAt());
        return clients.isZero() || left.compareTo(timing.queue()) > 0 ? timing.queue() : left;
    }

    /// How long the client waits, less what an answer needs to reach it; zero when it did not say.
    static Duration clientsTime(Headers headers) {
        Duration shortest = Duration.ZERO;
        for (HeaderName name : CLIENTS_TIME) {
            Duration said = seconds(headers.first(name).orElse(""));
            boolean shorter = shortest.isZero() || said.compareTo(shortest) < 0;
            shortest = said.isPositive() && shorter ? said : shortest;
        }
        Duration margin = shortest.dividedBy(MARGIN_SHARE);
        if (margin.compareTo(SMALLEST_MARGIN) < 0) {
            margin = SMALLEST_MARGIN;
        } else if (margin.compareTo(LARGEST_MARGIN) > 0) {
            margin = LARGEST_MARGIN;
        }
        Duration half = shortest.dividedBy(2);
        return shortest.minus(margin.compareTo(half) > 0 ? half : margin);
    }

    private static Duration seconds(String text) {
        try {
            double seconds = Double.parseDouble(text.strip());
            boolean usable = seconds > 0 && seconds < LONGEST_SECONDS;
            return usable ? Duration.ofMillis((long) (seconds * 1000)) : Duration.ZERO;
        } catch (NumberFormatException e) {
            return Duration.ZERO;
        }
    }
}

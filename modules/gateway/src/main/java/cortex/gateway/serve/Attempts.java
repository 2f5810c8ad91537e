package cortex.gateway.serve;

import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.openai.CachedCounts;
import cortex.core.dialect.openai.EngineErrors;
import cortex.core.dialect.openai.parts.Parts;
import cortex.core.dialect.openai.parts.SplitInputs;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.time.Time;
import cortex.gateway.body.FormBody;
import cortex.gateway.deadly.Deadly;
import cortex.gateway.fleet.FleetPort;
import cortex.gateway.fleet.Lease;
import cortex.gateway.fleet.ReplicaRef;
import cortex.gateway.metrics.GatewayMetrics;
import cortex.gateway.proxy.EngineLost;
import cortex.gateway.proxy.EngineRefusal;
import cortex.gateway.proxy.FailedTry;
import cortex.gateway.proxy.NodeClients;
import cortex.gateway.proxy.RetryPolicy;
import cortex.gateway.serve.translate.Translation;
import cortex.relay.pump.EngineAnswer;
import cortex.relay.pump.EngineException;
import cortex.relay.pump.EngineException.Kind;
import cortex.relay.pump.Exchange;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Has a request answered by a replica: takes one, sends it the request and relays its answer, and
/// does what {@link RetryPolicy} says when that fails. Safe for use by many threads.
final class Attempts {
    /// How many times longer than a stream an engine may be silent before an answer that is not
    /// streamed: its silence is its work.
    private static final int WHOLE_ANSWER_PATIENCE = 12;

    private static final int LONGEST_ERROR = 64 << 10;

    private final FleetPort fleet;
    private final Deadly deadly;
    private final NodeClients clients;
    private final Duration idle;
    private final Waiting waiting;
    private final InferenceHandler.Bounds bounds;
    private final GatewayMetrics metrics;
    private final Time time;

    Attempts(
            InferenceHandler.Upstream upstream,
            Waiting waiting,
            InferenceHandler.Bounds bounds,
            GatewayMetrics metrics,
            Time time) {
        this.fleet = upstream.fleet();
        this.deadly = upstream.deadly();
        this.clients = upstream.clients();
        this.idle = upstream.timing().idle();
        this.waiting = waiting;
        this.bounds = bounds;
        this.metrics = metrics;
        this.time = time;
    }

    /// Has a request answered: at once, or in parts when it asks for more answers, or brings more
    /// inputs, than it is given slots. After each part it waits for its turn again, like any other.
    ///
    /// @throws FailureException with the last try's failure, or when no replica is to be had
    void untilAnswered(Waiting.Pending pending, PreparedRequest prepared)
            throws InterruptedException {
        untilPartAnswered(weighing(pending, prepared), prepared);
        Parts parts = prepared.parts();
        while (parts != null && parts.goOn()) {
            pending.call().cancellation().check();
            String what = parts instanceof SplitInputs ? " inputs left" : " answers left";
            String left = "waits its turn again: " + parts.left() + what;
            pending.call().timeline().anotherPart(left, time.nanos());
            untilPartAnswered(weighing(pending, prepared), prepared);
        }
    }

    /// What of a request waits weighs no more than what an engine is asked at once, as far as that
    /// is known.
    private Waiting.Pending weighing(Waiting.Pending pending, PreparedRequest prepared) {
        int left = prepared.divisible();
        if (left == 1) {
            return pending;
        }
        Integer slots = fleet.known(pending.model().id()).slots();
        Integer most = slots == null ? pending.model().engine().options().parallel() : slots;
        return pending.weighing(most == null ? left : Math.min(left, most));
    }

    /// Tries replicas until one has answered or the policy gives up.
    private void untilPartAnswered(Waiting.Pending pending, PreparedRequest prepared)
            throws InterruptedException {
        RetryPolicy.Tries tries = RetryPolicy.Tries.NONE;
        Lease lease = waiting.forReplica(pending);
        try {
            prepared.learn(target(pending));
            prepared.fit(lease.slots());
            while (true) {
                FailedTry failed = attempt(pending, lease, prepared);
                if (failed == null) {
                    lease.answered();
                    return;
                }
                switch (RetryPolicy.fault(failed, tries)) {
                    case ENGINE -> lease.engineFailed(failed.failure().told());
                    case REQUEST -> lease.answered();
                    case NOBODY -> {}
                }
                RetryPolicy.Next next =
                        RetryPolicy.next(failed, tries, client(pending.call(), prepared));
                switch (next) {
                    case SAME_SIMPLIFIED -> prepared.simplify();
                    case WAIT_FOR_REPLICA -> {
                        lease.close();
                        note(pending, "again", failed);
                        lease = waiting.forReplica(pending);
                        prepared.learn(target(pending));
                        prepared.fit(lease.slots());
                    }
                    case OTHER_NOW -> {
                        Lease other = otherThan(lease, pending, failed);
                        lease.close();
                        lease = other;
                        prepared.fit(lease.slots());
                        note(pending, "elsewhere", failed);
                    }
                    case GIVE_UP -> throw new FailureException(failed.failure());
                }
                tries = tries.and(next);
            }
        } finally {
            lease.close();
        }
    }

    /// Of a model that an engine runs by now, more may be known than when the request came.
    private Target target(Waiting.Pending pending) {
        return PreparedRequest.target(fleet, pending.model());
    }

    private static RetryPolicy.Client client(Call call, PreparedRequest prepared) {
        boolean there = call.cancellation().reason() == null;
        return new RetryPolicy.Client(call.reply().begun(), there, prepared.canBeSent());
    }

    private Lease otherThan(Lease lease, Waiting.Pending pending, FailedTry failed)
            throws InterruptedException {
        Lease other = waiting.elsewhere(pending, lease.replica());
        if (other == null) {
            throw new FailureException(failed.failure());
        }
        return other;
    }

    private void note(Waiting.Pending pending, String what, FailedTry failed) {
        pending.call().timeline().note(what + ": " + failed.failure().told(), time.nanos());
    }

    /// One try on one replica, to the end of the answer; null when it went well. Whether requests
    /// like it end engines may have changed while this one waited.
    private @Nullable FailedTry attempt(
            Waiting.Pending pending, Lease lease, PreparedRequest prepared)
            throws InterruptedException {
        try {
            deadly.check(pending.request(), lease.replica().node());
        } catch (FailureException e) {
            deadly.check(pending.request());
            return new FailedTry.Barred(e.failure());
        }
        try {
            send(pending, lease, prepared);
            return null;
        } catch (EngineLost e) {
            return new FailedTry.Lost(e.kind(), e.failure());
        } catch (EngineRefusal e) {
            return prepared.simplifies(e.failure())
                    ? new FailedTry.SchemaRefused(e.failure())
                    : new FailedTry.Refused(prepared.worded(e.failure()));
        } catch (FailureException e) {
            return prepared.simplifies(e.failure())
                    ? new FailedTry.SchemaRefused(e.failure())
                    : new FailedTry.AnswerFailed(prepared.worded(e.failure()));
        }
    }

    /// The fleet is told of a lost engine while the lease is still open.
    private void send(Waiting.Pending pending, Lease lease, PreparedRequest prepared)
            throws InterruptedException, EngineLost, EngineRefusal {
        Call call = pending.call();
        ReplicaRef replica = lease.replica();
        metrics.began(replica.model(), replica.node());
        try (Exchange exchange = clients.of(replica.node()).send(prepared.request().to(replica))) {
            call.timeline().sent();
            call.cancellation().onCancel(exchange::cancel);
            relay(call, replica, head(call, exchange, replica.model()), prepared);
        } catch (EngineException e) {
            endIfClientBrokeOff(call, prepared);
            throw lost(pending, lease, EngineLost.of(e, replica.model(), idle));
        } catch (EngineLost e) {
            throw lost(pending, lease, e);
        } finally {
            metrics.ended(replica.model(), replica.node());
            if (call.cancellation().reason() != null && !call.timeline().finished()) {
                deadly.left(pending.request(), where(replica));
            }
        }
    }

    /// An exchange whose upload broke off has failed, and the engine has nothing to do with it.
    private static void endIfClientBrokeOff(Call call, PreparedRequest prepared) {
        FormBody form = prepared.form();
        RuntimeException failure = form == null ? null : form.failure();
        if (failure == null) {
            return;
        }
        if (!(failure instanceof FailureException)) {
            call.cancellation().cancel(new Failure.ClientGone());
        }
        throw failure;
    }

    private EngineLost lost(Waiting.Pending pending, Lease lease, EngineLost lost) {
        boolean gone =
                pending.call().cancellation().reason() == null && lost.kind() != Kind.CANCELLED;
        EngineLost told = lost;
        if (lost.failure() instanceof Failure.EngineDied death) {
            gone = true;
            if (deadly.died(pending.request(), death, where(lease.replica()))) {
                told = EngineLost.brokeOff(death, lost);
            }
        }
        if (gone) {
            clients.of(lease.replica().node()).lost();
            lease.engineGone(lost.failure().told());
        }
        return told;
    }

    private static Deadly.Where where(ReplicaRef replica) {
        return new Deadly.Where(replica.node(), replica.generation());
    }

    private EngineAnswer head(Call call, Exchange exchange, String model)
            throws EngineException, EngineLost, InterruptedException {
        Duration patience = call.timeline().streamed() ? idle : wholeAnswerPatience();
        EngineAnswer head = call.reply().awaiting(patience, exchange::await);
        if (head == null) {
            throw EngineLost.silent(model, patience);
        }
        call.timeline().answered(time.nanos());
        if (!call.reply().committed()) {
            call.reply().mark("server-timing", call.timeline().serverTiming(time.nanos()));
        }
        return head;
    }

    private Duration wholeAnswerPatience() {
        return idle.multipliedBy(WHOLE_ANSWER_PATIENCE);
    }

    private void relay(
            Call call, ReplicaRef replica, EngineAnswer response, PreparedRequest prepared)
            throws EngineException, EngineLost, EngineRefusal, InterruptedException {
        if (bounds.hideCached()) {
            response.body().editedBy(new CachedCounts()::hide);
        }
        boolean eventStream = response.isEventStream();
        if (response.statusCode() / 100 != 2) {
            refuse(response, new EngineErrors.Source(replica.model(), replica.node()));
        } else if (!eventStream && prepared.mustStream(call.reply().committed())) {
            throw new FailureException(
                    new Failure.EngineError(502, "The engine did not stream its answer.", null));
        } else {
            try (AnswerRoom room = prepared.room(bounds.maxAnswer())) {
                var engine = new Answering(replica, idle, room);
                if (eventStream && prepared.mayStream()) {
                    streamed(call, engine, response, prepared);
                } else {
                    whole(new WholeAnswer(call, engine), response, prepared.parts());
                }
            }
        }
    }

    private void streamed(
            Call call, Answering engine, EngineAnswer response, PreparedRequest prepared)
            throws EngineException, EngineLost, InterruptedException {
        Translation translation = prepared.translation();
        if (translation == null) {
            new StreamedAnswer(call, engine, time, prepared).relay(response);
        } else {
            new TranslatedAnswer(call, translation, engine, time).relay(response.body());
        }
    }

    private static void whole(WholeAnswer answer, EngineAnswer response, @Nullable Parts parts)
            throws EngineException, InterruptedException {
        if (parts == null) {
            answer.relay(response);
        } else {
            answer.join(response, parts);
        }
    }

    private void refuse(EngineAnswer response, EngineErrors.Source source)
            throws EngineException, EngineLost, EngineRefusal, InterruptedException {
        byte[] said = response.body().beginning(LONGEST_ERROR, idle);
        Failure failure = EngineErrors.of(response.statusCode(), said, source);
        if (EngineLost.isOf(failure)) {
            throw EngineLost.told(failure);
        }
        throw new EngineRefusal(failure);
    }
}

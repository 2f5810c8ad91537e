package cortex.gateway.serve;

import cortex.core.catalogue.ModelProfile;
import cortex.core.dialect.RequestLimits;
import cortex.core.dialect.RequestScan;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.openai.CachedCounts;
import cortex.core.dialect.openai.EngineErrors;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.time.Time;
import cortex.gateway.admission.Admission;
import cortex.gateway.admission.Conversations;
import cortex.gateway.admission.Place;
import cortex.gateway.body.BodyBudget;
import cortex.gateway.body.TranslationPool;
import cortex.gateway.config.TimeoutsConfig;
import cortex.gateway.deadly.Deadly;
import cortex.gateway.fleet.FleetSnapshot;
import cortex.gateway.fleet.Lease;
import cortex.gateway.fleet.ReplicaRef;
import cortex.gateway.fleet.Ticket;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.http.Endpoint;
import cortex.gateway.http.FailureRenderer;
import cortex.gateway.http.Inference;
import cortex.gateway.http.RequestScope;
import cortex.gateway.media.WebImages;
import cortex.gateway.metrics.GatewayMetrics;
import cortex.gateway.proxy.EngineLost;
import cortex.gateway.proxy.NodeClients;
import cortex.gateway.proxy.NodeDoor;
import cortex.gateway.proxy.RetryPolicy;
import cortex.gateway.route.ModelResolver;
import cortex.gateway.serve.translate.Translation;
import cortex.gateway.timeline.RecentRequests;
import cortex.gateway.timeline.RequestTimeline;
import cortex.relay.http.ClientWatch;
import cortex.relay.pump.ClientGoneException;
import cortex.relay.pump.EngineAnswer;
import cortex.relay.pump.EngineException;
import cortex.relay.pump.EngineException.Kind;
import cortex.relay.pump.Exchange;
import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// One request, top to bottom: read the body, see what it asks for, resolve the model, acquire a
/// lease, send it to the engine, relay the answer, tell what happened. Blocks on the request's own
/// virtual thread; whoever ends the request from outside does it through its Cancellation.
public final class InferenceHandler implements Inference {
    private static final System.Logger LOG = System.getLogger("cortex.requests");

    /// How many times longer than a stream an engine may be silent before an answer that is not
    /// streamed: its silence is its work.
    private static final int WHOLE_ANSWER_PATIENCE = 12;

    private static final int LONGEST_ERROR = 64 << 10;

    private final Parts parts;
    private final TokenCounter counter;
    private final OverflowGuard guard;
    private final Waiting waiting;
    private final Time time;
    private final TimeoutsConfig timing;

    /// What is known of models without asking anybody: `loaded` tells, for a guess, whether a model
    /// has a ready replica now, `context` how many tokens one request to it may have (0 when not
    /// known), `target` whom its requests are translated for.
    public record Known(
            Predicate<String> loaded,
            ToIntFunction<String> context,
            Function<ModelProfile, Target> target) {}

    /// What the handler works with. `replicas` asks the fleet for a replica and never blocks;
    /// `fleet` is what the fleet looks like now.
    public record Parts(
            ModelResolver resolver,
            Admission admission,
            BiFunction<ModelProfile, FleetEvent.Asker, Ticket> replicas,
            Known known,
            Supplier<FleetSnapshot> fleet,
            NodeClients clients,
            Deadly deadly,
            BodyBudget bodies,
            TranslationPool pool,
            Bounds bounds,
            ActiveRequests active,
            FailureRenderer failures,
            GatewayMetrics metrics,
            RecentRequests recent) {}

    /// What a request may hold and what of its answer is, how many answers it may ask for, and how
    /// many inputs to embed or documents to rank it may bring; whether its answer keeps quiet about
    /// what the engine had in its cache; and where its images come from.
    public record Bounds(
            RequestLimits limits,
            int maxAnswer,
            int maxAnswers,
            int maxInputs,
            boolean hideCached,
            WebImages images) {}

    /// A handler that keeps to `timing`.
    public InferenceHandler(Parts parts, Time time, TimeoutsConfig timing) {
        this.parts = parts;
        this.counter = new TokenCounter(parts);
        this.guard = new OverflowGuard(parts.known().context(), counter);
        this.waiting = new Waiting(parts, time, timing);
        this.time = time;
        this.timing = timing;
    }

    @Override
    public void serve(RequestScope scope, Endpoint endpoint) {
        Call call =
                new Call(
                        scope,
                        endpoint,
                        new RequestTimeline(scope, endpoint),
                        new Cancellation(),
                        new Reply(scope, parts.failures(), time, timing.keepalive()));
        try (var _ = parts.active().admit(call.cancellation())) {
            answerOrFail(call);
        } catch (FailureException e) {
            call.timeline().failed(e.failure());
            call.reply().fail(e.failure());
        } finally {
            report(call);
        }
    }

    private void answerOrFail(Call call) {
        try {
            answer(call);
        } catch (Exception e) {
            Failure failure = failureOf(call, e);
            if (failure instanceof Failure.ClientGone && call.timeline().finished()) {
                throw new CloseConnectionException("the client left with its whole answer", e);
            }
            call.timeline().failed(failure);
            fail(call, failure);
        } finally {
            ClientWatch.current().unwatch();
        }
    }

    private void answer(Call call) throws IOException, InterruptedException, EngineLost {
        try (BodyBudget.Body sent =
                parts.bodies().read(call.scope().request(), call.scope().client())) {
            ClientWatch.current().watch(() -> call.cancellation().cancel(new Failure.ClientGone()));
            Work work = new Work(call, sent.account(), parts.pool());
            byte[] bytes = sent.bytes();
            Sent read =
                    work.reading(
                            bytes.length,
                            () -> Sent.of(bytes, parts.bounds().limits(), parts.deadly()::mark));
            sent.drop();
            Asked.bound(call.endpoint(), read.scan(), parts.bounds());
            ModelProfile model = parts.resolver().resolve(read.scan().model());
            boolean stream = read.scan().stream() && streams(call.endpoint());
            call.timeline().resolved(model.id(), stream);
            if (stream) {
                call.reply().streaming();
            }
            var asker =
                    new FleetEvent.Asker(
                            call.scope().client(),
                            conversation(call, read.scan()),
                            0,
                            Asked.weight(call.endpoint(), read.scan()));
            var request =
                    new Deadly.Request(
                            call.endpoint().path(), model.id(), asker.client(), read.mark());
            parts.deadly().check(request);
            var asking = new TokenCounter.Asking(model, asker, request);
            if (call.endpoint() == Endpoint.COUNT_TOKENS) {
                counter.answer(call, asking, read.body(), work);
                return;
            }
            Consumer<Failure> giveUp = call.cancellation()::cancel;
            try (Place place =
                    parts.admission().enter(model, asker.client(), asker.weight(), giveUp)) {
                var ask = new Waiting.Ask(call, model, asker, place, request);
                Asked asked = asked(asking, read, work);
                waiting.forPlace(ask);
                tryUntilAnswered(ask, asked);
                parts.deadly().answered(request);
            }
        }
    }

    /// What the engine is to be asked, once it has a place among the requests under way or in the
    /// waiting room: nobody's tree is built before.
    private Asked asked(TokenCounter.Asking asking, Sent sent, Work work)
            throws InterruptedException {
        ModelProfile model = asking.model();
        Target target = work.fetching(parts.bounds().images(), target(model), sent.body());
        Instant now = time.now();
        boolean doubted = guard.doubts(model, sent.body().length);
        if (!doubted && !Asked.makesTree(work.call(), target, sent)) {
            Asked asked = Asked.of(work, target, sent, now);
            work.keep(asked.settled());
            return asked;
        }
        Doubted both =
                work.translating(
                        sent.body(),
                        () -> {
                            Asked asked = Asked.of(work, target, sent, now);
                            return new Doubted(
                                    asked, doubted ? guard.question(model, asked) : null);
                        });
        if (both.question() != null) {
            guard.check(work.call(), asking, both.question());
        }
        work.settle(both.asked().settled());
        return both.asked();
    }

    /// A request, and what to ask of it when it may not fit.
    private record Doubted(Asked asked, TokenCounter.@Nullable Question question) {}

    private Target target(ModelProfile model) {
        return parts.known().target().apply(model);
    }

    /// Only what an engine goes on with has a prefix worth finding again.
    private static long conversation(Call call, RequestScan scan) {
        return switch (call.endpoint()) {
            case CHAT_COMPLETIONS, COMPLETIONS, MESSAGES, RESPONSES ->
                    Conversations.of(call.scope().client(), call.scope().request().headers(), scan);
            case EMBEDDINGS, RERANK, COUNT_TOKENS -> 0;
        };
    }

    private static boolean streams(Endpoint endpoint) {
        return switch (endpoint) {
            case CHAT_COMPLETIONS, COMPLETIONS, MESSAGES, RESPONSES -> true;
            case EMBEDDINGS, RERANK, COUNT_TOKENS -> false;
        };
    }

    /// Tries one replica, and another one when the first was lost before the client saw anything.
    private void tryUntilAnswered(Waiting.Ask ask, Asked asked)
            throws InterruptedException, EngineLost {
        Call call = ask.call();
        boolean triedAgain = false;
        while (true) {
            try (Lease lease = waiting.forReplica(ask)) {
                // Of a model that an engine runs by now, more may be known than when it was asked
                // for.
                asked.learn(target(ask.model()));
                if (!sentElsewhere(ask, lease, asked)) {
                    attemptOrElsewhere(ask, lease, asked, triedAgain);
                }
                return;
            } catch (EngineLost lost) {
                if (!RetryPolicy.again(lost, past(call, triedAgain))) {
                    throw lost;
                }
                triedAgain = true;
                call.timeline().note("again: " + lost.failure().told(), time.nanos());
            }
        }
    }

    /// Looks once more whether the request may go there, which may have changed while it waited.
    /// Where only that node has something against it, it goes to another that takes it at once.
    private boolean sentElsewhere(Waiting.Ask ask, Lease lease, Asked asked)
            throws InterruptedException {
        try {
            parts.deadly().check(ask.request(), lease.replica().node());
            return false;
        } catch (FailureException e) {
            parts.deadly().check(ask.request());
            try (Lease other = waiting.elsewhere(ask, lease.replica())) {
                if (other == null) {
                    throw e;
                }
                elsewhere(ask, other, asked);
                return true;
            }
        }
    }

    private static RetryPolicy.Past past(Call call, boolean triedAgain) {
        boolean there = call.cancellation().reason() == null;
        return new RetryPolicy.Past(triedAgain, call.reply().begun(), there);
    }

    /// A try, and one on another replica when the engine answered with an error of its own. That
    /// one is the last.
    private void attemptOrElsewhere(Waiting.Ask ask, Lease lease, Asked asked, boolean triedAgain)
            throws InterruptedException, EngineLost {
        Call call = ask.call();
        try {
            attemptOrSimpler(ask, lease, asked);
        } catch (FailureException e) {
            if (RetryPolicy.enginesFault(e.failure())) {
                lease.engineFailed(e.failure().told());
            }
            if (!RetryPolicy.elsewhere(e.failure(), past(call, triedAgain))) {
                throw e;
            }
            try (Lease other = waiting.elsewhere(ask, lease.replica())) {
                if (other == null) {
                    throw e;
                }
                call.timeline().note("elsewhere: " + e.failure().told(), time.nanos());
                elsewhere(ask, other, asked);
            }
        }
    }

    private void elsewhere(Waiting.Ask ask, Lease other, Asked asked) throws InterruptedException {
        try {
            parts.deadly().check(ask.request(), other.replica().node());
            attemptOrSimpler(ask, other, asked);
        } catch (EngineLost lost) {
            throw new FailureException(lost.failure(), lost);
        }
    }

    /// A try, and another one with simpler schemas when the engine could not take the tools'.
    private void attemptOrSimpler(Waiting.Ask ask, Lease lease, Asked asked)
            throws InterruptedException, EngineLost {
        try {
            attempt(ask, lease, asked);
        } catch (FailureException e) {
            if (!asked.simplify(e.failure())) {
                throw new FailureException(asked.worded(e.failure()), e);
            }
            parts.deadly().check(ask.request(), lease.replica().node());
            attempt(ask, lease, asked);
        }
    }

    /// One try on one replica, to the end of the answer. The fleet is told of a lost engine while
    /// the lease is still open.
    private void attempt(Waiting.Ask ask, Lease lease, Asked asked)
            throws InterruptedException, EngineLost {
        Call call = ask.call();
        ReplicaRef replica = lease.replica();
        NodeDoor door = parts.clients().of(replica.node());
        parts.metrics().began(replica.model(), replica.node());
        try (Exchange exchange = door.send(asked.request().to(replica))) {
            call.timeline().sent();
            call.cancellation().onCancel(exchange::cancel);
            relay(call, replica, head(call, exchange, replica.model()), asked);
        } catch (EngineException e) {
            throw lost(ask, lease, EngineLost.of(e, replica.model(), timing.idle()));
        } catch (EngineLost e) {
            throw lost(ask, lease, e);
        } finally {
            parts.metrics().ended(replica.model(), replica.node());
            if (call.cancellation().reason() != null && !call.timeline().finished()) {
                parts.deadly().left(ask.request(), where(replica));
            }
        }
    }

    private EngineLost lost(Waiting.Ask ask, Lease lease, EngineLost lost) {
        boolean gone = ask.call().cancellation().reason() == null && lost.kind() != Kind.CANCELLED;
        EngineLost told = lost;
        if (lost.failure() instanceof Failure.EngineDied death) {
            gone = true;
            if (parts.deadly().died(ask.request(), death, where(lease.replica()))) {
                told = EngineLost.brokeOff(death, lost);
            }
        }
        if (gone) {
            parts.clients().of(lease.replica().node()).lost();
            lease.engineGone(lost.failure().told());
        }
        return told;
    }

    private static Deadly.Where where(ReplicaRef replica) {
        return new Deadly.Where(replica.node(), replica.generation());
    }

    private EngineAnswer head(Call call, Exchange exchange, String model)
            throws EngineException, EngineLost, InterruptedException {
        Duration patience = call.timeline().streamed() ? timing.idle() : wholeAnswerPatience();
        long deadline = time.nanos() + patience.toNanos();
        while (true) {
            Duration left = Duration.ofNanos(deadline - time.nanos());
            EngineAnswer head = exchange.await(call.reply().wait(left));
            if (head != null) {
                call.timeline().answered(time.nanos());
                if (!call.reply().committed()) {
                    call.reply().mark("server-timing", call.timeline().serverTiming(time.nanos()));
                }
                return head;
            }
            if (!left.isPositive()) {
                throw EngineLost.silent(model, patience);
            }
            call.reply().keepaliveIfDue();
        }
    }

    private Duration wholeAnswerPatience() {
        return timing.idle().multipliedBy(WHOLE_ANSWER_PATIENCE);
    }

    private void relay(Call call, ReplicaRef replica, EngineAnswer response, Asked asked)
            throws EngineException, EngineLost, InterruptedException {
        if (parts.bounds().hideCached()) {
            response.body().editedBy(new CachedCounts()::hide);
        }
        boolean eventStream = response.isEventStream();
        if (response.statusCode() / 100 != 2) {
            refuse(response, new EngineErrors.Source(replica.model(), replica.node()));
        } else if (!eventStream && (asked.translation() != null || call.reply().committed())) {
            throw new FailureException(
                    new Failure.EngineError(502, "The engine did not stream its answer.", null));
        } else {
            try (AnswerRoom room = asked.room(parts.bounds().maxAnswer())) {
                var engine = new Answering(replica, timing.idle(), room);
                if (eventStream) {
                    streamed(call, engine, response, asked);
                } else {
                    new WholeAnswer(call, engine).relay(response);
                }
            }
        }
    }

    private void streamed(Call call, Answering engine, EngineAnswer response, Asked asked)
            throws EngineException, EngineLost, InterruptedException {
        Translation translation = asked.translation();
        if (translation == null) {
            new StreamedAnswer(call, engine, time, asked.usageAsked()).relay(response);
        } else {
            new TranslatedAnswer(call, translation, engine, time).relay(response.body());
        }
    }

    private void refuse(EngineAnswer response, EngineErrors.Source source)
            throws EngineException, EngineLost, InterruptedException {
        byte[] said = response.body().beginning(LONGEST_ERROR, timing.idle());
        throw EngineLost.told(EngineErrors.of(response.statusCode(), said, source));
    }

    /// Why the request ended: who cancelled it knows best.
    private Failure failureOf(Call call, Exception e) {
        Failure cancelled = call.cancellation().reason();
        if (cancelled != null) {
            return cancelled;
        }
        return switch (e) {
            case EngineLost lost -> lost.failure();
            case ClientGoneException _, CloseConnectionException _, IOException _ ->
                    new Failure.ClientGone();
            case InterruptedException _ -> {
                Thread.currentThread().interrupt();
                yield new Failure.ShuttingDown();
            }
            default -> parts.failures().failureOf(e, call.scope().id());
        };
    }

    private static void fail(Call call, Failure failure) {
        try {
            call.reply().fail(failure);
        } catch (ClientGoneException e) {
            throw new CloseConnectionException("the client has left", e);
        }
    }

    private void report(Call call) {
        long now = time.nanos();
        parts.metrics().finished(call.timeline().facts(now));
        call.timeline().line(now).log(LOG, System.Logger.Level.INFO);
        parts.recent().add(call.timeline(), time.now(), now);
    }
}

package cortex.gateway.serve;

import cortex.core.catalogue.ModelProfile;
import cortex.core.dialect.RequestLimits;
import cortex.core.dialect.RequestScan;
import cortex.core.dialect.chat.request.Target;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.time.Time;
import cortex.gateway.admission.AdmissionControl;
import cortex.gateway.admission.Conversations;
import cortex.gateway.admission.Place;
import cortex.gateway.body.BodyBudget;
import cortex.gateway.body.TranslationPool;
import cortex.gateway.config.TimeoutsConfig;
import cortex.gateway.deadly.Deadly;
import cortex.gateway.fleet.FleetPort;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.http.Endpoint;
import cortex.gateway.http.FailureRenderer;
import cortex.gateway.http.Inference;
import cortex.gateway.http.RequestScope;
import cortex.gateway.media.WebImages;
import cortex.gateway.metrics.GatewayMetrics;
import cortex.gateway.proxy.NodeClients;
import cortex.gateway.route.ModelResolver;
import cortex.gateway.serve.active.ActiveRequests;
import cortex.gateway.serve.active.Cancellation;
import cortex.gateway.timeline.RecentRequests;
import cortex.gateway.timeline.RequestTimeline;
import cortex.relay.http.ClientWatch;
import cortex.relay.pump.ClientGoneException;
import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One request, top to bottom: read the body, see what it asks for, resolve the model, acquire a
/// lease, send it to the engine, relay the answer, tell what happened. Blocks on the request's own
/// virtual thread; whoever ends the request from outside does it through its Cancellation.
public final class InferenceHandler implements Inference {
    private static final System.Logger LOG = System.getLogger("cortex.requests");

    private final Intake intake;
    private final Upstream upstream;
    private final Outcomes outcomes;
    private final TokenCounter counter;
    private final OverflowGuard guard;
    private final Waiting waiting;
    private final Attempts attempts;
    private final Time time;

    /// What a request comes in by: the gate, the memory for its body, the threads that read it, and
    /// what it may be.
    public record Intake(
            ActiveRequests active,
            BodyBudget bodies,
            TranslationPool pool,
            ModelResolver resolver,
            Bounds bounds) {}

    /// What leads to an engine: the fleet, who may wait for it and who may not, the connections to
    /// its nodes, and how long each step may take.
    public record Upstream(
            FleetPort fleet,
            AdmissionControl admission,
            Deadly deadly,
            NodeClients clients,
            TimeoutsConfig timing) {}

    /// What is told of a request at its end: to its client, to the metrics, to operators.
    public record Outcomes(
            FailureRenderer failures, GatewayMetrics metrics, RecentRequests recent) {}

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

    /// A handler of requests that come in by `intake` and are answered by `upstream`.
    public InferenceHandler(Intake intake, Upstream upstream, Outcomes outcomes, Time time) {
        this.intake = intake;
        this.upstream = upstream;
        this.outcomes = outcomes;
        this.time = time;
        this.counter = new TokenCounter(upstream, intake.bounds().images());
        this.guard = new OverflowGuard(upstream.fleet(), counter);
        this.waiting = new Waiting(upstream.fleet(), time, upstream.timing());
        this.attempts = new Attempts(upstream, waiting, intake.bounds(), outcomes.metrics(), time);
    }

    @Override
    public void serve(RequestScope scope, Endpoint endpoint) {
        Call call =
                new Call(
                        scope,
                        endpoint,
                        new RequestTimeline(scope, endpoint),
                        new Cancellation(),
                        new Reply(scope, outcomes.failures(), time, upstream.timing().keepalive()));
        try (var _ = intake.active().admit(call.cancellation())) {
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

    private void answer(Call call) throws IOException, InterruptedException {
        try (BodyBudget.Body sent =
                intake.bodies().read(call.scope().request(), call.scope().client())) {
            ClientWatch.current().watch(() -> call.cancellation().cancel(new Failure.ClientGone()));
            Work work = new Work(call, sent.account(), intake.pool());
            byte[] bytes = sent.bytes();
            ParsedRequest read =
                    work.reading(
                            bytes.length,
                            () ->
                                    ParsedRequest.of(
                                            bytes,
                                            intake.bounds().limits(),
                                            upstream.deadly()::mark));
            sent.drop();
            PreparedRequest.bound(call.endpoint(), read.scan(), intake.bounds());
            ModelProfile model = intake.resolver().resolve(read.scan().model());
            boolean stream = read.scan().stream() && streams(call.endpoint());
            call.timeline().resolved(model.id(), stream);
            if (stream) {
                call.reply().streaming();
            }
            var caller =
                    new FleetEvent.Caller(
                            call.scope().client(),
                            conversation(call, read.scan()),
                            0,
                            PreparedRequest.weight(call.endpoint(), read.scan()));
            var request =
                    new Deadly.Request(
                            call.endpoint().path(), model.id(), caller.client(), read.mark());
            upstream.deadly().check(request);
            var resolved = new ResolvedRequest(model, caller, request);
            if (call.endpoint() == Endpoint.COUNT_TOKENS) {
                counter.answer(call, resolved, read.body(), work);
                return;
            }
            Consumer<Failure> giveUp = call.cancellation()::cancel;
            try (Place place =
                    upstream.admission().enter(model, caller.client(), caller.weight(), giveUp)) {
                var pending = new Waiting.Pending(call, resolved, place);
                PreparedRequest prepared = prepared(resolved, read, work);
                waiting.forPlace(pending);
                attempts.untilAnswered(pending, prepared);
                upstream.deadly().answered(request);
            }
        }
    }

    /// What the engine is to be asked, once it has a place among the requests under way or in the
    /// waiting room: nobody's tree is built before.
    private PreparedRequest prepared(ResolvedRequest resolved, ParsedRequest sent, Work work)
            throws InterruptedException {
        ModelProfile model = resolved.model();
        Target target =
                work.fetching(
                        intake.bounds().images(),
                        PreparedRequest.target(upstream.fleet(), model),
                        sent.body());
        Instant now = time.now();
        boolean doubted = guard.doubts(model, sent.body().length);
        if (!doubted && !PreparedRequest.makesTree(work.call(), target, sent)) {
            PreparedRequest prepared = PreparedRequest.of(work, target, sent, now);
            work.keep(prepared.settled());
            return prepared;
        }
        Doubted both =
                work.translating(
                        sent.body(),
                        () -> {
                            PreparedRequest prepared = PreparedRequest.of(work, target, sent, now);
                            return new Doubted(
                                    prepared, doubted ? guard.question(model, prepared) : null);
                        });
        if (both.question() != null) {
            guard.check(work.call(), resolved, both.question());
        }
        work.settle(both.prepared().settled());
        return both.prepared();
    }

    /// A request, and what to ask of it when it may not fit.
    private record Doubted(PreparedRequest prepared, TokenCounter.@Nullable Question question) {}

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

    /// Why the request ended: who cancelled it knows best.
    private Failure failureOf(Call call, Exception e) {
        Failure cancelled = call.cancellation().reason();
        if (cancelled != null) {
            return cancelled;
        }
        return switch (e) {
            case ClientGoneException _, CloseConnectionException _, IOException _ ->
                    new Failure.ClientGone();
            case InterruptedException _ -> {
                Thread.currentThread().interrupt();
                yield new Failure.ShuttingDown();
            }
            default -> outcomes.failures().failureOf(e, call.scope().id());
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
        outcomes.metrics().finished(call.timeline().facts(now));
        call.timeline().line(now).log(LOG, System.Logger.Level.INFO);
        outcomes.recent().add(call.timeline(), time.now(), now);
    }
}

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
import cortex.gateway.body.FormBody;
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
import cortex.gateway.timeline.RequestLog;
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
            FailureRenderer failures,
            GatewayMetrics metrics,
            RequestLog log,
            RecentRequests recent) {}

    /// What a request may hold and what of its answer is, how many answers it may ask for, and how
    /// many inputs to embed or documents to rank it may bring; whether its answer keeps quiet about
    /// what the engine had in its cache; where its images come from; and how long a form may be.
    public record Bounds(
            RequestLimits limits,
            int maxAnswer,
            int maxAnswers,
            int maxInputs,
            boolean hideCached,
            WebImages images,
            FormBody.Limits forms) {}

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
        switch (call.endpoint().body()) {
            case JSON -> answerJson(call);
            case FORM -> answerForm(call);
        }
    }

    private void answerJson(Call call) throws IOException, InterruptedException {
        RequestScope scope = call.scope();
        try (BodyBudget.Body sent = intake.bodies().read(scope.request(), scope.client())) {
            ClientWatch.current().watch(() -> call.cancellation().cancel(new Failure.ClientGone()));
            Work work = new Work(call, sent.account(), intake.pool());
            byte[] bytes = sent.bytes();
            Bounds bounds = intake.bounds();
            ParsedRequest parsed =
                    work.reading(
                            bytes.length,
                            () ->
                                    ParsedRequest.of(
                                            bytes, bounds.limits(), upstream.deadly()::mark));
            sent.drop();
            RequestScan scan = parsed.scan();
            PreparedRequest.bound(call.endpoint(), scan, bounds);
            ModelProfile model = intake.resolver().resolve(scan.model());
            boolean stream = scan.stream() && call.endpoint().converses();
            call.timeline().resolved(model.id(), stream);
            if (stream) {
                call.reply().streaming();
            }
            var caller =
                    new FleetEvent.Caller(
                            scope.client(),
                            conversation(call, scan),
                            0,
                            PreparedRequest.weight(call.endpoint(), scan));
            ResolvedRequest resolved = resolved(call, model, caller, parsed.mark());
            if (call.endpoint() == Endpoint.COUNT_TOKENS) {
                counter.answer(call, resolved, parsed.body(), work);
                return;
            }
            admitted(call, resolved, () -> prepared(resolved, parsed, work));
        }
    }

    /// A form is read up to its model; what is not held of it goes to the engine as it comes.
    private void answerForm(Call call) throws IOException, InterruptedException {
        RequestScope scope = call.scope();
        ClientWatch watch = ClientWatch.current();
        boolean read = false;
        try (FormBody form =
                intake.bodies().form(scope.request(), scope.client(), intake.bounds().forms())) {
            try {
                form.whenRead(() ->
                        watch.watch(() -> call.cancellation().cancel(new Failure.ClientGone())));
                Work work = new Work(call, form.account(), intake.pool());
                ModelProfile model = intake.resolver().resolve(form.model());
                call.timeline().resolved(model.id(), false);
                checkOffered(call.endpoint(), model);
                Target target = PreparedRequest.target(upstream.fleet(), model);
                form.allow(target.quirks().allowFields());
                // What it holds is not known before it is sent: it is equal to no other.
                ResolvedRequest resolved =
                        resolved(call, model, new FleetEvent.Caller(scope.client(), 0), scope.id());
                admitted(call, resolved, () -> PreparedRequest.of(work, target, form));
            } finally {
                read = form.isRead();
            }
        } finally {
            if (!read) {
                call.reply().endsConnection();
            }
        }
    }

    /// Refuses, before anything is uploaded, what the model's engine is known not to answer.
    private void checkOffered(Endpoint endpoint, ModelProfile model) {
        if (Boolean.FALSE.equals(
                endpoint.isAnsweredBy(upstream.fleet().known(model.id()).traits()))) {
            throw new FailureException(
                    new Failure.Unsupported(
                            400,
                            "Model '"
                                    + model.id()
                                    + "' does not support /v1"
                                    + endpoint.path()
                                    + ". GET /v1/models shows which models do (capabilities).",
                            "endpoint_unsupported"));
        }
    }

    private ResolvedRequest resolved(
            Call call, ModelProfile model, FleetEvent.Caller caller, String mark) {
        var request = new Deadly.Request(call.endpoint().path(), model.id(), caller.client(), mark);
        upstream.deadly().check(request);
        return new ResolvedRequest(model, caller, request);
    }

    /// Makes a request ready for its engine.
    private interface Preparation {
        PreparedRequest make() throws InterruptedException;
    }

    /// Answers a request once it may come in. It is made ready as soon as it has a place among
    /// those under way or in the waiting room.
    private void admitted(Call call, ResolvedRequest resolved, Preparation preparation)
            throws InterruptedException {
        FleetEvent.Caller caller = resolved.caller();
        Consumer<Failure> giveUp = call.cancellation()::cancel;
        try (Place place =
                upstream.admission()
                        .enter(resolved.model(), caller.client(), caller.weight(), giveUp)) {
            var pending = new Waiting.Pending(call, resolved, place);
            PreparedRequest prepared = preparation.make();
            waiting.forPlace(pending);
            attempts.untilAnswered(pending, prepared);
            upstream.deadly().answered(resolved.request());
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
        Prepared both =
                work.translating(
                        sent.body(),
                        () -> {
                            PreparedRequest prepared = PreparedRequest.of(work, target, sent, now);
                            return new Prepared(
                                    prepared, doubted ? guard.question(model, prepared) : null);
                        });
        if (both.question() != null) {
            guard.check(work.call(), resolved, both.question());
        }
        work.settle(both.prepared().settled());
        return both.prepared();
    }

    /// A request, and what to ask of it when it may not fit.
    private record Prepared(PreparedRequest prepared, TokenCounter.@Nullable Question question) {}

    /// Only what an engine goes on with has a prefix worth finding again.
    private static long conversation(Call call, RequestScan scan) {
        RequestScope scope = call.scope();
        return call.endpoint().converses()
                ? Conversations.of(scope.client(), scope.request().headers(), scan)
                : 0;
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
        outcomes.log().write(call.timeline(), now);
        outcomes.recent().add(call.timeline(), time.now(), now);
    }
}

package cortex.gateway.serve;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.catalogue.ModelProfile;
import cortex.core.dialect.RequestScan;
import cortex.core.dialect.anthropic.TokenCount;
import cortex.core.dialect.chat.request.Target;
import cortex.core.dialect.openai.EngineErrors;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.gateway.deadly.Deadly;
import cortex.gateway.fleet.FleetPort;
import cortex.gateway.fleet.Lease;
import cortex.gateway.fleet.ReplicaRef;
import cortex.gateway.fleet.Ticket;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.media.WebImages;
import cortex.gateway.proxy.EngineRequest;
import cortex.gateway.proxy.NodeClients;
import cortex.gateway.proxy.NodeDoor;
import cortex.gateway.proxy.Payload;
import cortex.relay.pump.EngineAnswer;
import cortex.relay.pump.EngineException;
import cortex.relay.pump.Exchange;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Knows how many tokens a request has: asks a replica that is loaded anyway, remembers what it
/// said, and guesses when there is none or it does not answer soon. Never causes a load. Safe for
/// use by many threads.
final class TokenCounter {
    private static final System.Logger LOG = System.getLogger(TokenCounter.class.getName());

    /// Clients count before they ask; more than this is not worth waiting for.
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final int LONGEST = 64 << 10;

    /// Clients count what they then ask, and ask again what failed.
    private static final int REMEMBERED = 1024;

    private final FleetPort fleet;
    private final Deadly deadly;
    private final NodeClients clients;
    private final WebImages images;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<String, Long> known = new LinkedHashMap<>(16, 0.75f, true);

    TokenCounter(InferenceHandler.Upstream upstream, WebImages images) {
        this.fleet = upstream.fleet();
        this.deadly = upstream.deadly();
        this.clients = upstream.clients();
        this.images = images;
    }

    /// What an engine is asked to count, as it is sent, under which name its answer is remembered,
    /// and what is guessed meanwhile. Without a path the engine cannot count.
    @SuppressWarnings("ArrayRecordComponent") // nobody compares it
    record Question(
            @Nullable String path,
            byte[] body,
            @Nullable RequestScan scan,
            String key,
            long estimate) {
        /// Of a request for `model`; works over all of it.
        static Question of(ModelProfile model, TokenCount count) {
            String path = count.path();
            if (path == null) {
                return new Question(null, new byte[0], null, "", count.estimate());
            }
            byte[] body = count.question();
            String key = TokenCounter.key(model.id() + path, body);
            return new Question(path, body, RequestScan.of(body), key, count.estimate());
        }
    }

    /// Answers one request with the body `sent`.
    ///
    /// @throws cortex.core.failure.FailureException with what is wrong with it
    void answer(Call call, ResolvedRequest resolved, byte[] sent, Work work)
            throws InterruptedException {
        ModelProfile model = resolved.model();
        Target target = work.fetching(images, PreparedRequest.target(fleet, model), sent);
        Question question =
                work.translating(sent, () -> Question.of(model, TokenCount.of(sent, target)));
        work.settle(sent.length + question.body().length);
        Long exact = exact(call, resolved, question);
        if (exact == null) {
            call.reply().mark("x-cortex-token-count", "estimate");
        }
        call.reply().sendJson(TokenCount.render(exact == null ? question.estimate() : exact));
    }

    /// The engine's own number, or null when it cannot be had now.
    ///
    /// @throws cortex.core.failure.FailureException when the engine ended at it, or does so at
    ///   equal ones
    @Nullable Long exact(Call call, ResolvedRequest resolved, Question question)
            throws InterruptedException {
        ModelProfile model = resolved.model();
        String path = question.path();
        RequestScan scan = question.scan();
        if (path == null || scan == null) {
            return null;
        }
        Long before = recall(question.key());
        if (before != null || !fleet.snapshot().isLoaded(model.id())) {
            return before;
        }
        Long tokens =
                count(
                        call,
                        resolved,
                        new EngineRequest(
                                call.scope().request().headers(),
                                Payload.json(question.body(), scan),
                                path,
                                call.scope().id()));
        if (tokens != null) {
            remember(question.key(), tokens);
        }
        return tokens;
    }

    private static String key(String about, byte[] question) {
        try {
            MessageDigest hash = MessageDigest.getInstance("SHA-256");
            hash.update(about.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash.digest(question));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private @Nullable Long recall(String key) {
        lock.lock();
        try {
            return known.get(key);
        } finally {
            lock.unlock();
        }
    }

    private void remember(String key, long tokens) {
        lock.lock();
        try {
            known.put(key, tokens);
            if (known.size() > REMEMBERED) {
                known.remove(known.keySet().iterator().next());
            }
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Long count(Call call, ResolvedRequest resolved, EngineRequest question)
            throws InterruptedException {
        FleetEvent.Caller caller = resolved.caller().weighing(1);
        try (Ticket ticket = fleet.request(resolved.model(), caller);
                Lease lease = ticket.await(PATIENCE)) {
            return lease == null ? null : count(call, resolved, lease, question);
        } catch (EngineException e) {
            LOG.log(System.Logger.Level.DEBUG, "counting tokens for " + resolved.model().id(), e);
            return null;
        }
    }

    private @Nullable Long count(
            Call call, ResolvedRequest resolved, Lease lease, EngineRequest question)
            throws EngineException, InterruptedException {
        ReplicaRef replica = lease.replica();
        var where = new Deadly.Where(replica.node(), replica.generation());
        deadly.check(resolved.request(), replica.node());
        NodeDoor door = clients.of(replica.node());
        try (Exchange exchange = door.send(question.to(replica))) {
            call.cancellation().onCancel(exchange::cancel);
            EngineAnswer answer = exchange.await(PATIENCE);
            if (answer == null) {
                // It is given up, as by a client that leaves, and may end the engine yet.
                deadly.left(resolved.request(), where);
                return null;
            }
            byte[] said = answer.body().beginning(LONGEST, PATIENCE);
            if (answer.statusCode() == 200) {
                return TokenCount.answer(said);
            }
            var source = new EngineErrors.Source(replica.model(), replica.node());
            Failure failure = EngineErrors.of(answer.statusCode(), said, source);
            if (failure instanceof Failure.EngineDied died) {
                deadly.died(resolved.request(), died, where);
                lease.engineGone(died.told());
                throw new FailureException(died);
            }
            return null;
        }
    }
}

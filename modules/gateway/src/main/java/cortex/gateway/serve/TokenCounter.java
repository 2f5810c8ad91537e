package cortex.gateway.serve;

import cortex.core.catalogue.ModelProfile;
import cortex.core.dialect.RequestScan;
import cortex.core.dialect.anthropic.TokenCount;
import cortex.core.dialect.chat.Quirks;
import cortex.gateway.fleet.Lease;
import cortex.gateway.fleet.ReplicaRef;
import cortex.gateway.fleet.Ticket;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.proxy.EngineRequest;
import cortex.relay.pump.EngineBody;
import cortex.relay.pump.EngineException;
import cortex.relay.pump.Exchange;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Answers how many tokens a Messages request has: asks a replica that is loaded anyway, and
/// guesses when there is none or it does not answer soon. Never causes a load. Safe for use by many
/// threads.
final class TokenCounter {
    private static final System.Logger LOG = System.getLogger(TokenCounter.class.getName());

    /// Clients count before they ask; more than this is not worth waiting for.
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final int LONGEST = 64 << 10;

    private final InferenceHandler.Parts parts;

    TokenCounter(InferenceHandler.Parts parts) {
        this.parts = parts;
    }

    /// Answers one request.
    ///
    /// @throws cortex.core.failure.FailureException with what is wrong with it
    void answer(Call call, ModelProfile model, byte[] body) throws InterruptedException {
        TokenCount count = TokenCount.of(body, Messages.target(model, Quirks.NONE));
        String path = count.path();
        Long exact = null;
        if (path != null && parts.loaded().test(model.id())) {
            byte[] question = count.question();
            exact =
                    ask(
                            call,
                            model,
                            new EngineRequest(
                                    call.scope().request().headers(),
                                    question,
                                    RequestScan.of(question),
                                    path,
                                    call.scope().id()));
        }
        if (exact == null) {
            call.reply().mark("x-cortex-token-count", "estimate");
        }
        call.reply().sendJson(TokenCount.render(exact == null ? count.estimate() : exact));
    }

    private @Nullable Long ask(Call call, ModelProfile model, EngineRequest question)
            throws InterruptedException {
        try (Ticket ticket = parts.replicas().apply(model, FleetEvent.Asker.ANYBODY);
                Lease lease = ticket.await(PATIENCE)) {
            return lease == null ? null : ask(call, lease.replica(), question);
        } catch (EngineException | IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "counting tokens for " + model.id(), e);
            return null;
        }
    }

    private @Nullable Long ask(Call call, ReplicaRef replica, EngineRequest question)
            throws EngineException, IOException, InterruptedException {
        var client = parts.clients().of(replica.node());
        try (Exchange exchange = Exchange.send(client, question.to(replica))) {
            call.cancellation().onCancel(exchange::cancel);
            HttpResponse<EngineBody> answer = exchange.await(PATIENCE);
            if (answer == null || answer.statusCode() != 200) {
                return null;
            }
            return TokenCount.answer(answer.body().readNBytes(LONGEST));
        }
    }
}

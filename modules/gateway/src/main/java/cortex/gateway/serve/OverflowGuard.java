package cortex.gateway.serve;

import cortex.core.catalogue.ModelProfile;
import cortex.core.dialect.anthropic.TokenCount;
import cortex.core.dialect.chat.request.ChatPrompt;
import cortex.core.dialect.openai.EngineErrors;
import cortex.core.failure.FailureException;
import cortex.gateway.fleet.FleetPort;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Refuses a prompt that does not fit its model's context before it waits for a slot of the engine.
/// A body's length tells of nearly all requests that they fit, for nothing. Only of one that may
/// not, the engine is asked for the tokens, which it counts on the CPU: that is a request whose
/// context is three quarters full or more, whose answer costs far more than the counting. What the
/// engine cannot count in time is left to it. Safe for use by many threads.
final class OverflowGuard {
    /// Text seldom has fewer bytes for each token. A rare one with fewer, in a context that is
    /// nearly full, is refused by the engine itself.
    private static final int BYTES_A_TOKEN = 3;

    /// How much more than the guess, which assumes the usual number of bytes, that makes.
    private static final double DOUBT = 1.2;

    private final FleetPort fleet;
    private final TokenCounter counter;

    OverflowGuard(FleetPort fleet, TokenCounter counter) {
        this.fleet = fleet;
        this.counter = counter;
    }

    /// Whether a request to a model, of so many bytes, may not fit, so that its tokens are worth
    /// counting.
    boolean doubts(ModelProfile model, int length) {
        int limit = fleet.snapshot().context(model.id());
        return limit != 0 && length / BYTES_A_TOKEN > limit;
    }

    /// What to ask of a request that may not fit; null when it surely does, or is none that has a
    /// prompt. Works over all of the request.
    TokenCounter.@Nullable Question question(ModelProfile model, PreparedRequest prepared) {
        ObjectNode chat = prepared.chat();
        if (chat == null) {
            return null;
        }
        // Images have many bytes and few tokens: the guess knows.
        TokenCount count = TokenCount.of(ChatPrompt.promptOf(chat), prepared.api());
        boolean fits = count.estimate() * DOUBT <= fleet.snapshot().context(model.id());
        return fits ? null : TokenCounter.Question.of(model, count);
    }

    /// Lets a request through.
    ///
    /// @throws FailureException with a {@link cortex.core.failure.Failure.ContextOverflow} when it
    ///   is known not to fit
    void check(Call call, ResolvedRequest resolved, TokenCounter.Question question)
            throws InterruptedException {
        int limit = fleet.snapshot().context(resolved.model().id());
        Long tokens = counter.exact(call, resolved, question);
        if (tokens != null && limit != 0 && tokens > limit) {
            throw new FailureException(EngineErrors.overflow(tokens, limit));
        }
    }
}

package cortex.gateway.serve;

import cortex.core.config.ByteSize;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.gateway.body.BodyWeight;
import cortex.gateway.body.MemoryBudget;

/// What one try's answer takes of the request's memory while it is held: taken as the answer grows,
/// within a limit, and given back at the end of the try. For one thread.
final class AnswerRoom implements AutoCloseable {
    /// What is taken at least: most answers need no more than a few of these.
    private static final int STEP = 8 << 10;

    private final MemoryBudget.Account account;
    private final int most;
    private final long before;
    private long taken;

    /// Out of `account`, which has taken what the first `held` bytes of the answer take; at most
    /// `most` are held.
    AnswerRoom(MemoryBudget.Account account, int held, int most) {
        this.account = account;
        this.most = most;
        this.before = account.held();
        this.taken = (long) held * BodyWeight.ANSWER;
    }

    /// So many bytes of the answer are held now. What they take with all that is made of them is
    /// taken before there is more.
    ///
    /// @throws FailureException an engine's error when it is too much for one answer, Overloaded
    ///   when no room came free in time
    void holds(long bytes) {
        long needs = bytes * BodyWeight.ANSWER;
        if (needs <= taken) {
            return;
        }
        if (bytes > most) {
            throw new FailureException(tooLong());
        }
        long more = Math.max(STEP, needs - taken);
        try {
            account.take(more);
        } catch (FailureException e) {
            // A 413 would blame the request.
            throw e.failure() instanceof Failure.Refused ? new FailureException(tooLong(), e) : e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailureException(new Failure.ShuttingDown(), e);
        }
        taken += more;
    }

    /// What answers to a request's parts are that there is no memory for.
    static Failure tooLongTogether() {
        return new Failure.EngineError(
                502,
                "The engine's answers to this request are longer together than what can be held of"
                        + " them here. Ask for fewer at once, for shorter ones (max_tokens), or for"
                        + " a stream.",
                "answer_too_long");
    }

    /// The most that is held.
    int most() {
        return most;
    }

    private Failure tooLong() {
        return new Failure.EngineError(
                502,
                "The engine's answer is longer than what is held of one here ("
                        + new ByteSize(most)
                        + "). Ask for a shorter one (max_tokens), or for a stream; an operator can"
                        + " raise max_answer.",
                "answer_too_long");
    }

    @Override
    public void close() {
        account.keep(before);
    }
}

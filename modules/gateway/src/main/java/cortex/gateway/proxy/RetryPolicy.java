package cortex.gateway.proxy;

import cortex.core.failure.Failure;
import cortex.core.failure.Limit;

/// Decides what follows on a failed try. Pure.
///
/// How often can one request reach an engine? At most two replicas see it: the one it was granted,
/// and another when the first was lost or answered with a failure of its own. Each is sent it at
/// most twice, the second time with simpler schemas for its tools. Each of these sendings is made
/// once more over a fresh connection when the engine had just closed the idle one it went out on
/// ({@link cortex.relay.pump.Exchange}). A replica that is barred for the request never sees it. An
/// upload that is not held is sent once: no try follows on one that took a byte of it.
///
/// | failed try | on the first replica | on the second, waited for | on the last, free at once |
/// |---|---|---|---|
/// | lost: unreachable, TLS, broke off | wait for a replica | give up | give up |
/// | lost: died, silent, given up | give up | give up | give up |
/// | refused, or said in its answer: the engine's | another that is free | give up | give up |
/// | refused, or said in its answer: the request's | give up | give up | give up |
/// | barred | another that is free | another that is free | give up |
/// | schemas refused | the same, simplified | the same, simplified | the same, simplified |
public final class RetryPolicy {
    private RetryPolicy() {}

    /// What to do next.
    public enum Next {
        /// Sends the request to the same replica once more, with simpler schemas.
        SAME_SIMPLIFIED,
        /// Asks the fleet for a replica again and waits for it.
        WAIT_FOR_REPLICA,
        /// Sends the request to another replica if one is free at once.
        OTHER_NOW,
        /// Answers with the failure.
        GIVE_UP
    }

    /// The replica that was tried.
    public enum Replica {
        /// The one the request was granted.
        FIRST,
        /// One that was waited for after the first was lost.
        SECOND,
        /// Another one that was free at once.
        LAST
    }

    /// The tries of one request so far: which replica it is at, and whether its schemas were made
    /// simpler for that one.
    public record Tries(Replica replica, boolean simplified) {
        /// Before the first try.
        public static final Tries NONE = new Tries(Replica.FIRST, false);

        /// These tries, and what was done next.
        public Tries and(Next next) {
            return switch (next) {
                case SAME_SIMPLIFIED -> new Tries(replica, true);
                case WAIT_FOR_REPLICA -> new Tries(Replica.SECOND, false);
                case OTHER_NOW -> new Tries(Replica.LAST, false);
                case GIVE_UP -> this;
            };
        }
    }

    /// The client's side when a try has failed.
    ///
    /// @param answerBegun whether the client has seen some of an answer
    /// @param there whether it still waits for one
    /// @param bodyIsHere whether its request can be sent: an upload that is not held cannot once
    ///   any of it has left
    public record Client(boolean answerBegun, boolean there, boolean bodyIsHere) {
        private boolean canBeAnswered() {
            return there && !answerBegun && bodyIsHere;
        }
    }

    /// Decides what follows on a failed try.
    public static Next next(FailedTry failed, Tries tries, Client client) {
        boolean first = tries.replica() == Replica.FIRST && client.canBeAnswered();
        return switch (failed) {
            case FailedTry.Lost lost ->
                    first && mayTakeOver(lost) ? Next.WAIT_FOR_REPLICA : Next.GIVE_UP;
            case FailedTry.Refused _, FailedTry.AnswerFailed _ ->
                    first && mayDoBetter(failed.failure()) ? Next.OTHER_NOW : Next.GIVE_UP;
            case FailedTry.Barred _ ->
                    tries.replica() == Replica.LAST || tries.simplified()
                            ? Next.GIVE_UP
                            : Next.OTHER_NOW;
            case FailedTry.SchemaRefused _ ->
                    tries.simplified() ? Next.GIVE_UP : Next.SAME_SIMPLIFIED;
        };
    }

    /// Whose fault a failed try is, as far as a replica's circuit breaker goes. A lost engine is
    /// told of where it is lost.
    public enum Fault {
        /// The engine: it counts against its replica.
        ENGINE,
        /// The request: the engine is well, and has said so.
        REQUEST,
        /// Nobody can tell.
        NOBODY
    }

    /// Says whose fault a failed try is. What an engine says in its answer is the request's
    /// failure: llama-server ends a stream so when a model's output does not fit the template's
    /// parser. A second engine that fails the same request does not count: the request may be the
    /// cause.
    public static Fault fault(FailedTry failed, Tries tries) {
        if (!(failed instanceof FailedTry.Refused refused)) {
            return Fault.NOBODY;
        }
        if (isEnginesFault(refused.failure())) {
            return tries.replica() == Replica.LAST ? Fault.NOBODY : Fault.ENGINE;
        }
        return mayDoBetter(refused.failure()) ? Fault.NOBODY : Fault.REQUEST;
    }

    /// Another replica may take over, but not from an engine that died: the request may be the
    /// cause, and would end the next engine too. A silence has already cost the whole idle time.
    private static boolean mayTakeOver(FailedTry.Lost lost) {
        if (lost.failure() instanceof Failure.EngineDied) {
            return false;
        }
        return switch (lost.kind()) {
            case UNREACHABLE, UNSAFE, BROKEN -> true;
            case SILENT, CANCELLED -> false;
        };
    }

    /// Another replica may do better where the engine failed, or cannot answer now.
    private static boolean mayDoBetter(Failure failure) {
        return switch (failure) {
            case Failure.StillLoading _ -> true;
            case Failure.Overloaded full -> full.limit() == Limit.ENGINE;
            default -> isEnginesFault(failure);
        };
    }

    private static boolean isEnginesFault(Failure failure) {
        return failure instanceof Failure.EngineError error && error.status() >= 500;
    }
}

package cortex.gateway.proxy;

import cortex.core.failure.Failure;
import cortex.core.failure.Limit;
import cortex.relay.pump.EngineException.Kind;

/// Whether a request whose engine was lost is tried on another replica. Pure. (Sending it once more
/// over a fresh connection, when only an idle one had been closed, is the exchange's own affair.)
public final class RetryPolicy {
    private RetryPolicy() {}

    /// What a request has been through: whether it was tried again before, whether a byte of an
    /// answer went to the client, whether the client still waits for one.
    public record Past(boolean triedAgain, boolean answerBegun, boolean clientThere) {}

    /// Whether to ask the fleet for a replica again after a try that lost its engine. Never when
    /// the engine died at it: the request may be the cause, and would end the next engine too.
    public static boolean again(EngineLost lost, Past past) {
        return !(lost.failure() instanceof Failure.EngineDied) && again(lost.kind(), past);
    }

    /// Whether to ask the fleet for a replica again after a try that ended in the way `kind`. Once
    /// at most; never when the client has seen some of the answer or has left; and not after a
    /// silence that has already cost the whole idle time.
    public static boolean again(Kind kind, Past past) {
        boolean pointless = past.triedAgain() || past.answerBegun() || !past.clientThere();
        return switch (kind) {
            case UNREACHABLE, UNSAFE, BROKEN -> !pointless;
            case SILENT, CANCELLED -> false;
        };
    }

    /// Whether the failure is the engine's own, and not the request's.
    public static boolean enginesFault(Failure failure) {
        return failure instanceof Failure.EngineError error && error.status() >= 500;
    }

    /// Whether another replica, if there is one, is asked after an engine answered that it failed,
    /// or cannot now, before any of an answer.
    public static boolean elsewhere(Failure failure, Past past) {
        boolean engines =
                switch (failure) {
                    case Failure.StillLoading _ -> true;
                    case Failure.Overloaded full -> full.limit() == Limit.ENGINE;
                    default -> enginesFault(failure);
                };
        return engines && !past.triedAgain() && !past.answerBegun() && past.clientThere();
    }
}

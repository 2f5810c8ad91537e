package cortex.gateway.proxy;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.relay.pump.EngineException;
import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A try on one replica that came to nothing: what went wrong, and what to answer if no other try
/// follows.
public final class EngineLost extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    private final EngineException.Kind kind;
    private final transient Failure failure;

    /// An engine that was lost in the way `kind`.
    public EngineLost(EngineException.Kind kind, Failure failure, @Nullable Throwable cause) {
        super(failure.told(), cause, false, false);
        this.kind = kind;
        this.failure = failure;
    }

    /// What an exchange's failing means for a request to `model`; `idle` is the silence allowed.
    public static EngineLost of(EngineException e, String model, Duration idle) {
        return switch (e.kind()) {
            case UNREACHABLE ->
                    new EngineLost(
                            e.kind(),
                            new Failure.EngineGone(
                                    model, "The engine of '" + model + "' cannot be reached."),
                            e);
            case UNSAFE ->
                    new EngineLost(
                            e.kind(),
                            new Failure.NodeTls(model, String.valueOf(e.getMessage())),
                            e);
            case BROKEN -> brokeOff(model, e);
            case SILENT -> silent(model, idle);
            case CANCELLED -> new EngineLost(e.kind(), new Failure.ClientGone(), e);
        };
    }

    /// Whether an engine's or its neuron's own word means that the engine is lost.
    public static boolean isOf(Failure failure) {
        return failure instanceof Failure.EngineGone || failure instanceof Failure.EngineDied;
    }

    /// What an engine's or its neuron's own word means: the engine is lost, or it has refused.
    ///
    /// @throws FailureException with the failure when the engine is there and said no
    public static EngineLost told(Failure failure) {
        if (isOf(failure)) {
            return new EngineLost(EngineException.Kind.BROKEN, failure, null);
        }
        throw new FailureException(failure);
    }

    /// What it means once some of an answer is there: the answer has failed, and the engine is lost
    /// if it died.
    ///
    /// @throws FailureException with the failure when the engine has not died
    public static EngineLost atWork(Failure failure) {
        if (failure instanceof Failure.EngineDied) {
            return told(failure);
        }
        throw new FailureException(failure);
    }

    /// The engine's connection ended before its answer did.
    public static EngineLost brokeOff(String model, @Nullable Throwable cause) {
        return new EngineLost(
                EngineException.Kind.BROKEN, new Failure.EngineGone(model, brokeOff(model)), cause);
    }

    /// Likewise, where it is known how the engine ended.
    public static EngineLost brokeOff(Failure.EngineDied death, Throwable cause) {
        String words = death.detail();
        String how = words == null ? death.ending() : words;
        Failure gone = new Failure.EngineGone(death.model(), brokeOff(death.model()), how);
        return new EngineLost(EngineException.Kind.BROKEN, gone, cause);
    }

    private static String brokeOff(String model) {
        return "The engine of '" + model + "' broke off before its answer was complete.";
    }

    /// The engine sent nothing for longer than `idle`.
    public static EngineLost silent(String model, Duration idle) {
        return new EngineLost(
                EngineException.Kind.SILENT, new Failure.EngineSilent(model, idle), null);
    }

    /// How the engine was lost.
    public EngineException.Kind kind() {
        return kind;
    }

    /// What to answer.
    public Failure failure() {
        return failure;
    }
}

package cortex.gateway.nodes;

import cortex.core.failure.FailedPlace;
import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A neuron did not do what it was asked. The message is for people and names no URL.
@SuppressWarnings("serial") // Never serialized.
public final class NeuronException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    private static final int UNAUTHORIZED = 401;
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;
    private static final int UNPROCESSABLE = 422;

    private final Kind kind;
    private final int status;
    private final @Nullable LoadRefusal notTried;

    /// What a neuron says of a load that it refuses to try now: what became of the model there, in
    /// what sentence and in what line of the engine's, and when it may be asked again.
    public record LoadRefusal(
            FailedPlace.Outcome how, String reason, @Nullable String line, Duration rest) {}

    /// How far the question came.
    public enum Kind {
        /// It never left, or came to a neuron that is about to end: nobody listens, or the name is
        /// not known.
        UNREACHED,
        /// It never got in: the neuron does not take the key or the certificate, or is not believed
        /// itself. It stays so until somebody changes a file.
        SHUT_OUT,
        /// It was sent, or may have been, and no proper answer came: what was done is not known.
        UNANSWERED,
        /// The neuron answered, and what it said is more or other than any neuron may say.
        BROKEN,
        /// Somebody answered who did not prove to be the neuron.
        UNPROVEN,
        /// The neuron refused.
        REFUSED
    }

    private NeuronException(
            Kind kind,
            int status,
            String message,
            @Nullable Throwable cause,
            @Nullable LoadRefusal notTried) {
        super(message, cause, false, false);
        this.kind = kind;
        this.status = status;
        this.notTried = notTried;
    }

    /// No proper answer.
    public static NeuronException failed(Kind kind, String message, @Nullable Throwable cause) {
        return new NeuronException(kind, 0, message, cause, null);
    }

    /// An answer, with this status, that does not prove to be the neuron's.
    static NeuronException unproven(int status, String message) {
        int kept = status == UNAUTHORIZED ? status : 0;
        return new NeuronException(Kind.UNPROVEN, kept, message, null, null);
    }

    /// An answer that is a refusal.
    public static NeuronException refused(int status, String message) {
        return new NeuronException(Kind.REFUSED, status, message, null, null);
    }

    /// An answer that is a refusal to try now.
    public static NeuronException refused(int status, String message, LoadRefusal how) {
        return new NeuronException(Kind.REFUSED, status, message, null, how);
    }

    /// What it says of a load that it refuses to try now; null for anything else.
    public @Nullable LoadRefusal notTried() {
        return notTried;
    }

    /// Whether it is certain that nothing was done.
    public boolean certain() {
        return kind == Kind.UNREACHED || kind == Kind.SHUT_OUT || kind == Kind.REFUSED;
    }

    /// Whether the two do not believe each other, which waiting does not mend. A neuron without the
    /// key proves nothing with its refusal.
    public boolean shutOut() {
        return kind == Kind.SHUT_OUT || (kind == Kind.UNPROVEN && status == UNAUTHORIZED);
    }

    /// Whether the neuron itself said no.
    public boolean refused() {
        return kind == Kind.REFUSED;
    }

    /// Whether the neuron's answer breaks the rules that keep it from harming others.
    public boolean breaksRules() {
        return kind == Kind.BROKEN;
    }

    /// Whether somebody else has the neuron's address, or it has another key.
    public boolean unproven() {
        return kind == Kind.UNPROVEN;
    }

    /// Whether the neuron refused because of requests in flight.
    public boolean busy() {
        return status == CONFLICT;
    }

    /// Whether the neuron does not have what was asked for.
    public boolean notFound() {
        return kind == Kind.REFUSED && status == NOT_FOUND;
    }

    /// Whether the neuron refused what its host's configuration does not allow.
    public boolean notAllowed() {
        return status == UNPROCESSABLE;
    }

    /// What went wrong, never null.
    public String text() {
        String message = getMessage();
        return message == null ? kind.toString() : message;
    }
}

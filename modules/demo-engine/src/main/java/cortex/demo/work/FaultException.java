package cortex.demo.work;

import cortex.demo.script.Fault;
import java.io.Serial;

/// The script's fault, come true.
public final class FaultException extends Exception {
    @Serial private static final long serialVersionUID = 1L;

    private final Fault.Kind kind;

    /// A fault of `kind`, with what an engine would say.
    public FaultException(Fault.Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    /// What went wrong.
    public Fault.Kind kind() {
        return kind;
    }
}

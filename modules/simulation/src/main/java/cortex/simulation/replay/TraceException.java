package cortex.simulation.replay;

import java.io.Serial;

/// A trace, or what it is to be replayed on, makes no sense; the message says where and what to do.
public final class TraceException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    TraceException(int line, String problem) {
        this("line " + line + " of the trace " + problem + ".");
    }

    /// With a sentence for whoever asked.
    public TraceException(String message) {
        super(message, null, false, false);
    }
}

package cortex.demo.script;

import java.time.Duration;

/// What goes wrong while generating, and when: `after` so many pieces. `pause` counts for {@link
/// Kind#STALL} only; the answer goes on afterwards.
public record Fault(Kind kind, int after, Duration pause) {
    /// The ways to go wrong.
    public enum Kind {
        /// Nothing.
        NONE,
        /// The whole process halts.
        CRASH,
        /// The connection is reset, the process lives.
        DIE,
        /// An error of the engine: an event in a stream, a status before it.
        ERROR,
        /// Silence.
        STALL,
        /// The engine drops the sequence because its model is unloaded; no script asks for it.
        DROPPED
    }

    /// All goes well.
    public static final Fault NONE = new Fault(Kind.NONE, 0, Duration.ZERO);
}

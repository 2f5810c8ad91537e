package cortex.demo.script;

/// What goes wrong while generating, and when: `after` so many tokens.
public record Fault(Kind kind, int after) {
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
        /// The engine drops the sequence because its model is unloaded; no script asks for it.
        DROPPED
    }

    /// All goes well.
    public static final Fault NONE = new Fault(Kind.NONE, 0);
}

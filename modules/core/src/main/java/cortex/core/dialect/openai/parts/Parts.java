package cortex.core.dialect.openai.parts;

import cortex.core.dialect.Usage;

/// A request that an engine is asked in parts: which part is next, and what has come of the answer
/// so far.
public sealed interface Parts permits SplitRequest, SplitInputs {
    /// How many answers or inputs are left.
    int left();

    /// Begins the next part, or the same once more, with `most` answers or inputs, or fewer.
    ///
    /// @param body the request
    /// @return the request for that part
    byte[] ask(byte[] body, int most);

    /// Whether the part that was begun is the last one.
    boolean atLast();

    /// Takes note that the part was answered.
    ///
    /// @return whether another is left
    boolean goOn();

    /// The answers that are not streamed.
    Whole whole();

    /// The tokens that all parts took so far.
    Usage usage();

    /// Puts answers that are not streamed together.
    sealed interface Whole permits PartsAnswer, ListAnswer {
        /// Takes one part's answer.
        ///
        /// @return whether it could be read
        boolean add(byte[] answer);

        /// How many bytes are held of the answers so far.
        int held();

        /// All of them as one.
        ///
        /// @throws IllegalStateException when there is none
        byte[] toBytes();
    }
}

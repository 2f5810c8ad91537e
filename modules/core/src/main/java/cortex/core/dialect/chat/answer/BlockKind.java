package cortex.core.dialect.chat.answer;

/// The kinds of blocks that an answer has.
public enum BlockKind {
    /// The model's reasoning.
    REASONING,
    /// Text for the reader.
    TEXT,
    /// A tool call; its content is the JSON text of the arguments.
    CALL
}

package cortex.core.dialect.anthropic.stream;

/// The kinds of content blocks an answer has.
public enum BlockKind {
    /// The model's reasoning.
    THINKING,
    /// Text for the reader.
    TEXT,
    /// A tool call; its deltas are pieces of the arguments' JSON text.
    TOOL_USE
}

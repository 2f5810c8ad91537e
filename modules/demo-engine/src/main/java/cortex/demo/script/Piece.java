package cortex.demo.script;

/// One generated token, and what it is part of.
public sealed interface Piece {
    /// Answer text.
    record Text(String text) implements Piece {}

    /// Reasoning text.
    record Thought(String text) implements Piece {}

    /// The beginning of tool call number `index`, with the first token of its arguments.
    record CallStart(int index, String name, String arguments) implements Piece {}

    /// More of the arguments of tool call number `index`.
    record CallMore(int index, String arguments) implements Piece {}
}

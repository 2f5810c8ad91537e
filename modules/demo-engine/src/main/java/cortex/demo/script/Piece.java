package cortex.demo.script;

/// One generated token, and what it is part of.
public sealed interface Piece {
    /// What the model wrote for it.
    String written();

    /// Answer text.
    record Text(String written) implements Piece {}

    /// Reasoning text.
    record Reasoning(String written) implements Piece {}

    /// The beginning of tool call number `index`, with the first token of its arguments.
    record CallStart(int index, String name, String arguments) implements Piece {
        @Override
        public String written() {
            return name + arguments;
        }
    }

    /// More of the arguments of tool call number `index`.
    record CallMore(int index, String written) implements Piece {}
}

package cortex.demo.work;

import cortex.demo.script.Piece;
import java.util.ArrayList;
import java.util.List;

/// Gathers what has been generated, for an answer that is not streamed.
public final class Collected implements Output {
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thought = new StringBuilder();
    private final List<Call> calls = new ArrayList<>();

    /// A tool call with its arguments as far as they have been generated.
    public record Call(String name, StringBuilder arguments) {}

    @Override
    public void begin(Timings soFar) {}

    @Override
    public void piece(Piece piece, Timings soFar) {
        switch (piece) {
            case Piece.Text(String part) -> text.append(part);
            case Piece.Reasoning(String part) -> thought.append(part);
            case Piece.CallStart(int _, String name, String arguments) ->
                    calls.add(new Call(name, new StringBuilder(arguments)));
            case Piece.CallMore(int index, String part) ->
                    calls.get(index).arguments().append(part);
        }
    }

    /// The answer's text.
    public String text() {
        return text.toString();
    }

    /// The reasoning before it.
    public String thought() {
        return thought.toString();
    }

    /// The tool calls, in order.
    public List<Call> calls() {
        return calls;
    }
}

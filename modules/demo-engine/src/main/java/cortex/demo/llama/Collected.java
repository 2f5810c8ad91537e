package cortex.demo.llama;

import cortex.demo.script.JsonText;
import cortex.demo.script.Piece;
import cortex.demo.work.Output;
import cortex.demo.work.Timings;
import java.util.ArrayList;
import java.util.List;

/// Gathers a generation for an answer that is not streamed.
final class Collected implements Output {
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thought = new StringBuilder();
    private final List<String> names = new ArrayList<>();
    private final List<StringBuilder> arguments = new ArrayList<>();

    @Override
    public void begin(Timings soFar) {}

    @Override
    public void piece(Piece piece, Timings soFar) {
        switch (piece) {
            case Piece.Text(String part) -> text.append(part);
            case Piece.Thought(String part) -> thought.append(part);
            case Piece.CallStart start -> {
                names.add(start.name());
                arguments.add(new StringBuilder(start.arguments()));
            }
            case Piece.CallMore more -> arguments.get(more.index()).append(more.arguments());
        }
    }

    @Override
    public void ping() {}

    String text() {
        return text.toString();
    }

    /// The assistant's message as JSON.
    String message() {
        StringBuilder json = new StringBuilder("{\"role\":\"assistant\",\"content\":");
        json.append(JsonText.quote(text.toString()));
        if (!thought.isEmpty()) {
            json.append(",\"reasoning_content\":").append(JsonText.quote(thought.toString()));
        }
        if (!names.isEmpty()) {
            json.append(",\"tool_calls\":[");
            for (int i = 0; i < names.size(); i++) {
                json.append(i > 0 ? "," : "")
                        .append("{\"type\":\"function\",\"function\":{\"name\":")
                        .append(JsonText.quote(names.get(i)))
                        .append(",\"arguments\":")
                        .append(JsonText.quote(arguments.get(i).toString()))
                        .append("},\"id\":\"")
                        .append(Wire.randomId())
                        .append("\"}");
            }
            json.append(']');
        }
        return json.append('}').toString();
    }
}

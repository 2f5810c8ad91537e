package cortex.demo.mistralrs;

import cortex.demo.http.Response;
import cortex.demo.script.Piece;
import cortex.demo.work.Collected;
import cortex.demo.work.Output;
import cortex.demo.work.Timings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// Receives one generation: sends text as it comes when it is streamed, gathers it otherwise; tool
/// calls are gathered always.
final class Answer implements Output {
    private final Response response;
    private final Shapes shapes;
    private final boolean stream;
    private final Collected all = new Collected();

    Answer(Response response, Shapes shapes, boolean stream) {
        this.response = response;
        this.shapes = shapes;
        this.stream = stream;
    }

    /// Sends the head of a stream; axum does that as soon as the request is queued.
    void open() throws IOException {
        response.startStream("text/event-stream", "Cache-Control: no-cache");
    }

    @Override
    public void begin(Timings soFar) {}

    @Override
    public void piece(Piece piece, Timings soFar) throws IOException {
        all.piece(piece, soFar);
        if (stream && piece instanceof Piece.Text(String text)) {
            response.event(shapes.textChunk(text));
        } else if (stream && piece instanceof Piece.Reasoning(String thought)) {
            response.event(shapes.thoughtChunk(thought));
        }
    }

    void finish(String reason, Timings timings) throws IOException {
        if (!stream) {
            byte[] body = shapes.chat(reason, all, timings).getBytes(StandardCharsets.UTF_8);
            response.send(200, "application/json", body);
            return;
        }
        response.event(shapes.lastChunk(reason, all.calls(), timings));
        response.event("[DONE]");
        response.endStream();
    }

    /// Ends in the way of an error of the model.
    ///
    /// @throws Rejection when nothing has been sent
    void fail(int status, String why) throws IOException, Rejection {
        Rejection error = new Rejection(status, why);
        if (!stream) {
            throw error;
        }
        response.event(error.event());
        response.event("[DONE]");
        response.endStream();
    }

    /// Ends in the way of a sequence that was dropped: the stream just stops.
    ///
    /// @throws Rejection when nothing has been sent
    void drop() throws IOException, Rejection {
        if (!stream) {
            throw new Rejection(500, "No response received from the model.");
        }
        response.endStream();
    }
}

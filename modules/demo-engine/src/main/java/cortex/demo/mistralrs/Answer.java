package cortex.demo.mistralrs;

import cortex.demo.http.Response;
import cortex.demo.script.JsonText;
import cortex.demo.script.Piece;
import cortex.demo.work.Output;
import cortex.demo.work.Timings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/// Receives one generation: sends text as it comes when it is streamed, gathers it otherwise; tool
/// calls are gathered always.
final class Answer implements Output {
    private static final byte[] PING = ":\n\n".getBytes(StandardCharsets.US_ASCII);

    private final Response response;
    private final Shapes shapes;
    private final boolean stream;
    private final boolean chat;
    private final Shapes.Message message = new Shapes.Message();
    private Timings last = new Timings(0, 0, 0, 0, 0);

    Answer(Response response, Shapes shapes, boolean stream, boolean chat) {
        this.response = response;
        this.shapes = shapes;
        this.stream = stream;
        this.chat = chat;
    }

    /// Sends the head of a stream; axum does that as soon as the request is queued.
    void open() throws IOException {
        response.startStream("text/event-stream", "cache-control: no-cache");
    }

    @Override
    public void begin(Timings soFar) {}

    @Override
    public void piece(Piece piece, Timings soFar) throws IOException {
        last = soFar;
        switch (piece) {
            case Piece.Text(String text) -> {
                message.text().append(text);
                if (stream && chat) {
                    event(shapes.chunk(JsonText.quote(text), ""));
                } else if (stream) {
                    event(shapes.completionChunk("null", text));
                }
            }
            case Piece.Thought(String text) -> {
                message.thought().append(text);
                if (stream && chat) {
                    event(shapes.chunk("null", JsonText.quote(text)));
                }
            }
            case Piece.CallStart start ->
                    message.calls()
                            .add(
                                    new Shapes.Call(
                                            "call-" + UUID.randomUUID(),
                                            start.name(),
                                            new StringBuilder(start.arguments())));
            case Piece.CallMore more ->
                    message.calls().get(more.index()).arguments().append(more.arguments());
        }
    }

    @Override
    public void ping() throws IOException {
        if (stream) {
            response.chunk(PING);
        }
    }

    void finish(String reason, Timings timings) throws IOException {
        if (!stream) {
            response.send(200, "application/json", whole(reason, timings));
            return;
        }
        event(
                chat
                        ? shapes.lastChunk(reason, message, timings)
                        : shapes.completionChunk("\"" + reason + "\"", ""));
        event("[DONE]");
        response.endStream();
    }

    /// Ends in the way of an error of the model.
    ///
    /// @throws Rejection when nothing has been sent
    void fail(String why) throws IOException, Rejection {
        if (!stream) {
            String part = new String(whole("error", last), StandardCharsets.UTF_8);
            throw Rejection.partial(why, part);
        }
        event(Rejection.json(500, why).event());
        event("[DONE]");
        response.endStream();
    }

    /// Ends in the way of a sequence that was dropped: the stream just stops.
    ///
    /// @throws Rejection when nothing has been sent
    void drop() throws IOException, Rejection {
        if (!stream) {
            throw Rejection.json(500, "No response received from the model.");
        }
        response.endStream();
    }

    private byte[] whole(String reason, Timings timings) {
        String json =
                chat
                        ? shapes.chat(reason, message, timings)
                        : shapes.completion(reason, message.text().toString(), timings);
        return json.getBytes(StandardCharsets.UTF_8);
    }

    private void event(String data) throws IOException {
        response.chunk(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
    }
}

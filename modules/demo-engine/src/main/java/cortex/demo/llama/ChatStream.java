package cortex.demo.llama;

import cortex.demo.http.Response;
import cortex.demo.script.JsonText;
import cortex.demo.script.Piece;
import cortex.demo.work.Output;
import cortex.demo.work.Timings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/// A streamed chat completion: the head as soon as a slot has the request, the role with the first
/// token, a chunk for each token, timings on the last chunk, usage in a chunk of its own when asked
/// for.
final class ChatStream implements Output {
    private static final byte[] PING = ":\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final String ROLE = "{\"role\":\"assistant\",\"content\":null}";

    private final Response response;
    private final String tail;
    private final boolean usage;
    private final boolean everyTiming;
    private final boolean progress;
    private final int choices;
    private boolean spoken;

    ChatStream(Response response, Wire.Origin origin, JsonNode body, int choices) {
        this.response = response;
        this.tail = origin.chunk("chat.completion.chunk");
        this.usage = Service.wantsUsage(body);
        this.everyTiming = body.path("timings_per_token").asBoolean(false);
        this.progress = body.path("return_progress").asBoolean(false);
        this.choices = choices;
    }

    @Override
    public void begin(Timings soFar) throws IOException {
        response.startStream(Service.EVENTS, Service.UNBUFFERED);
        if (progress) {
            delta("null", ROLE, "," + Wire.timings(soFar) + "," + Wire.progress(soFar));
        }
    }

    @Override
    public void piece(Piece piece, Timings soFar) throws IOException {
        speak(soFar);
        delta("null", delta(piece), everyTiming ? "," + Wire.timings(soFar) : "");
    }

    @Override
    public void ping() throws IOException {
        response.chunk(PING);
    }

    void finish(String reason, Timings timings) throws IOException {
        speak(timings);
        String times = "," + Wire.timings(timings);
        delta("\"" + reason + "\"", "{}", usage ? "" : times);
        if (usage) {
            Service.event(
                    response, "{\"choices\":[]" + tail + "," + Wire.usage(timings) + times + "}");
        }
        Service.event(response, "[DONE]");
        response.endStream();
    }

    private void speak(Timings soFar) throws IOException {
        if (spoken) {
            return;
        }
        spoken = true;
        if (progress) {
            delta("null", ROLE, "," + Wire.timings(soFar) + "," + Wire.progress(soFar));
        }
        delta("null", ROLE, "");
    }

    private void delta(String finish, String delta, String more) throws IOException {
        for (int i = 0; i < choices; i++) {
            Service.event(
                    response,
                    "{\"choices\":[{\"finish_reason\":"
                            + finish
                            + ",\"index\":"
                            + i
                            + ",\"delta\":"
                            + delta
                            + "}]"
                            + tail
                            + more
                            + "}");
        }
    }

    private static String delta(Piece piece) {
        return switch (piece) {
            case Piece.Text(String text) -> "{\"content\":" + JsonText.quote(text) + "}";
            case Piece.Thought(String text) ->
                    "{\"reasoning_content\":" + JsonText.quote(text) + "}";
            case Piece.CallStart(int index, String name, String arguments) ->
                    "{\"tool_calls\":[{\"index\":"
                            + index
                            + ",\"id\":\""
                            + Wire.randomId()
                            + "\",\"type\":\"function\",\"function\":{\"name\":"
                            + JsonText.quote(name)
                            + ",\"arguments\":"
                            + JsonText.quote(arguments)
                            + "}}]}";
            case Piece.CallMore(int index, String arguments) ->
                    "{\"tool_calls\":[{\"index\":"
                            + index
                            + ",\"function\":{\"arguments\":"
                            + JsonText.quote(arguments)
                            + "}}]}";
        };
    }
}

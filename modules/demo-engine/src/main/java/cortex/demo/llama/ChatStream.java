package cortex.demo.llama;

import cortex.demo.http.Response;
import cortex.demo.script.JsonText;
import cortex.demo.script.Piece;
import cortex.demo.work.Output;
import cortex.demo.work.Timings;
import java.io.IOException;
import tools.jackson.databind.JsonNode;

/// A streamed chat completion: the head as soon as a slot has the request, the role with the first
/// token, a chunk for each token, timings on the last chunk, usage in a chunk of its own when asked
/// for.
final class ChatStream implements Output {
    private static final String ROLE = "{\"role\":\"assistant\",\"content\":null}";

    private final Response response;
    private final String tail;
    private final boolean usage;
    private final boolean progress;
    private boolean spoken;

    ChatStream(Response response, Wire.Origin origin, JsonNode body) {
        this.response = response;
        this.tail = origin.chunk("chat.completion.chunk");
        this.usage = Service.wantsUsage(body);
        this.progress = body.path("return_progress").asBoolean(false);
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
        delta("null", delta(piece), "");
    }

    void finish(String reason, Timings timings) throws IOException {
        speak(timings);
        String times = "," + Wire.timings(timings);
        delta("\"" + reason + "\"", "{}", usage ? "" : times);
        if (usage) {
            String counts = "," + Wire.usage(timings) + times + "}";
            response.event("{\"choices\":[]" + tail + counts);
        }
        response.event("[DONE]");
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
        response.event(
                """
                {"choices":[{"finish_reason":%s,"index":0,"delta":%s}]%s%s}\
                """
                        .formatted(finish, delta, tail, more));
    }

    private static String delta(Piece piece) {
        return switch (piece) {
            case Piece.Text(String text) -> "{\"content\":" + JsonText.quote(text) + "}";
            case Piece.Reasoning(String text) ->
                    "{\"reasoning_content\":" + JsonText.quote(text) + "}";
            case Piece.CallStart(int index, String name, String arguments) ->
                    """
                    {"tool_calls":[{"index":%d,"id":"%s","type":"function",\
                    "function":{"name":%s,"arguments":%s}}]}\
                    """
                            .formatted(
                                    index,
                                    Wire.randomId(),
                                    JsonText.quote(name),
                                    JsonText.quote(arguments));
            case Piece.CallMore(int index, String arguments) ->
                    """
                    {"tool_calls":[{"index":%d,"function":{"arguments":%s}}]}\
                    """
                            .formatted(index, JsonText.quote(arguments));
        };
    }
}

package cortex.demo.llama;

import cortex.demo.http.Response;
import cortex.demo.script.JsonText;
import cortex.demo.script.Piece;
import cortex.demo.work.Output;
import cortex.demo.work.Timings;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.JsonNode;

/// A streamed chat completion, of one answer or several side by side: the head as soon as a slot
/// has the request, of each answer the role with the first token, a chunk for each token, timings
/// on the last chunk, usage in a chunk of its own when asked for.
final class ChatStream {
    private static final String ROLE = "{\"role\":\"assistant\",\"content\":null}";

    private final ReentrantLock lock = new ReentrantLock();
    private final Response response;
    private final String tail;
    private final boolean usage;
    private final boolean progress;

    ChatStream(Response response, Wire.Origin origin, JsonNode body) {
        this.response = response;
        this.tail = origin.chunk("chat.completion.chunk");
        this.usage = Service.wantsUsage(body);
        this.progress = body.path("return_progress").asBoolean(false);
    }

    /// The answer of that number.
    Answer answer(int index) {
        return new Answer(index);
    }

    void end() throws IOException {
        response.event("[DONE]");
        response.endStream();
    }

    private void head() throws IOException {
        lock.lock();
        try {
            if (!response.started()) {
                response.startStream(Service.EVENTS, Service.UNBUFFERED);
            }
        } finally {
            lock.unlock();
        }
    }

    private void event(String data) throws IOException {
        lock.lock();
        try {
            response.event(data);
        } finally {
            lock.unlock();
        }
    }

    /// One of its answers; called on one thread.
    final class Answer implements Output {
        private final int index;
        private boolean spoken;

        private Answer(int index) {
            this.index = index;
        }

        @Override
        public void begin(Timings soFar) throws IOException {
            head();
            if (progress) {
                delta("null", ROLE, "," + Wire.timings(soFar) + "," + Wire.progress(soFar));
            }
        }

        @Override
        public void piece(Piece piece, Timings soFar) throws IOException {
            speak(soFar);
            delta("null", ChatStream.delta(piece), "");
        }

        void finish(String reason, Timings timings) throws IOException {
            speak(timings);
            String times = "," + Wire.timings(timings);
            delta("\"" + reason + "\"", "{}", usage ? "" : times);
            if (usage) {
                String counts = "," + Wire.usage(timings) + times + "}";
                event("{\"choices\":[]" + tail + counts);
            }
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
            event(
                    """
                    {"choices":[{"finish_reason":%s,"index":%d,"delta":%s}]%s%s}\
                    """
                            .formatted(finish, index, delta, tail, more));
        }
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

package cortex.demo.llama;

import cortex.demo.http.Request;
import cortex.demo.http.Response;
import cortex.demo.script.Ask;
import cortex.demo.script.JsonText;
import cortex.demo.script.Piece;
import cortex.demo.work.Collected;
import cortex.demo.work.Job;
import cortex.demo.work.Output;
import cortex.demo.work.Timings;
import java.io.IOException;
import tools.jackson.databind.JsonNode;

/// `/v1/completions` for one prompt.
final class CompletionRoute {
    private final Service service;

    CompletionRoute(Service service) {
        this.service = service;
    }

    void complete(Request request, Response response)
            throws IOException, InterruptedException, LlamaErrorException {
        JsonNode body = Bodies.read(request.body());
        Job job = service.job(Ask.ofCompletion(body, prompt(body)), request);
        Wire.Origin origin = service.origin();
        if (Service.streams(body)) {
            stream(job, response, new Events(response, origin, Service.wantsUsage(body)));
            return;
        }
        Collected all = new Collected();
        Timings timings = service.generate(job, response, all);
        if (timings == null) {
            return;
        }
        Service.json(
                response,
                """
                {"choices":[%s]%s,%s,"id":"%s",%s}\
                """
                        .formatted(
                                choice(all.text(), "\"" + job.script().finish() + "\""),
                                origin.whole("text_completion"),
                                Wire.usage(timings),
                                origin.id(),
                                Wire.timings(timings)));
    }

    private void stream(Job job, Response response, Events events)
            throws IOException, InterruptedException {
        Timings timings = service.stream(job, response, events);
        if (timings != null) {
            events.finish(job.script().finish(), timings);
        }
    }

    private static String choice(String text, String finish) {
        return """
        {"text":%s,"index":0,"logprobs":null,"finish_reason":%s}\
        """
                .formatted(JsonText.quote(text), finish);
    }

    /// The prompt, of several the first.
    private static String prompt(JsonNode body) throws LlamaErrorException {
        JsonNode prompt =
                body.path("prompt").isArray() ? body.at("/prompt/0") : body.path("prompt");
        if (prompt.isMissingNode()) {
            throw LlamaErrorException.invalid(
                    "[json.exception.out_of_range.403] key 'prompt' not found");
        }
        return prompt.asString("");
    }

    /// The stream of one text completion.
    private record Events(Response response, Wire.Origin origin, boolean usage) implements Output {
        @Override
        public void begin(Timings soFar) throws IOException {
            response.startStream(Service.EVENTS, Service.UNBUFFERED);
        }

        @Override
        public void piece(Piece piece, Timings soFar) throws IOException {
            if (piece instanceof Piece.Text(String text)) {
                event(text, "null", "", "");
            }
        }

        void finish(String reason, Timings timings) throws IOException {
            String counted = usage ? "," + Wire.usage(timings) : "";
            event("", "\"" + reason + "\"", counted, "," + Wire.timings(timings));
            response.event("[DONE]");
            response.endStream();
        }

        private void event(String text, String finish, String usage, String timings)
                throws IOException {
            response.event(
                    """
                    {"choices":[%s]%s%s,"id":"%s"%s}\
                    """
                            .formatted(
                                    choice(text, finish),
                                    origin.whole("text_completion"),
                                    usage,
                                    origin.id(),
                                    timings));
        }
    }
}

package cortex.demo.llama;

import cortex.demo.http.Request;
import cortex.demo.http.Response;
import cortex.demo.script.Ask;
import cortex.demo.script.JsonText;
import cortex.demo.script.Piece;
import cortex.demo.script.Tokens;
import cortex.demo.work.Job;
import cortex.demo.work.Output;
import cortex.demo.work.Timings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// `/v1/completions`, and llama-server's native `/completion`, whose stream has no `[DONE]`.
final class CompletionRoute {
    private static final byte[] PING = ":\n\n".getBytes(StandardCharsets.US_ASCII);

    private final Service service;

    CompletionRoute(Service service) {
        this.service = service;
    }

    void complete(Request request, Response response)
            throws IOException, InterruptedException, LlamaErrorException {
        JsonNode body = Bodies.read(request.body());
        List<String> prompts = prompts(body);
        Wire.Origin origin = service.origin();
        if (Service.streams(body)) {
            Job job = service.job(Ask.ofCompletion(body, prompts.getFirst()), request, true);
            stream(job, response, new OpenAi(origin, Service.wantsUsage(body)));
            return;
        }
        StringBuilder choices = new StringBuilder();
        Timings last = new Timings(0, 0, 0, 0, 0);
        for (int i = 0; i < prompts.size(); i++) {
            Job job = service.job(Ask.ofCompletion(body, prompts.get(i)), request, false);
            Collected all = new Collected();
            Timings timings = service.generate(job, response, all);
            if (timings == null) {
                return;
            }
            last = timings;
            choices.append(i > 0 ? "," : "")
                    .append(OpenAi.choice(all.text(), i, "\"" + job.script().finish() + "\""));
        }
        Service.json(
                response,
                "{\"choices\":["
                        + choices
                        + "]"
                        + origin.whole("text_completion")
                        + ","
                        + Wire.usage(last)
                        + ",\"id\":\""
                        + origin.id()
                        + "\","
                        + Wire.timings(last)
                        + "}");
    }

    void completeNatively(Request request, Response response)
            throws IOException, InterruptedException, LlamaErrorException {
        JsonNode body = Bodies.read(request.body());
        Ask ask = Ask.ofCompletion(body, prompts(body).getFirst());
        Job job = service.job(ask, request, Service.streams(body));
        Native shape = new Native(service.flags().alias(), ask.prompt());
        if (job.stream()) {
            stream(job, response, shape);
            return;
        }
        Collected all = new Collected();
        Timings timings = service.generate(job, response, all);
        if (timings != null) {
            Service.json(response, shape.last(all.text(), job.script().finish(), timings));
        }
    }

    private void stream(Job job, Response response, Shape shape)
            throws IOException, InterruptedException, LlamaErrorException {
        @Nullable Timings timings;
        try {
            timings = service.generate(job, response, new Events(response, shape));
        } catch (LlamaErrorException e) {
            Service.event(response, e.json());
            response.endStream();
            return;
        }
        if (timings == null) {
            return;
        }
        Service.event(response, shape.last("", job.script().finish(), timings));
        if (shape instanceof OpenAi) {
            Service.event(response, "[DONE]");
        }
        response.endStream();
    }

    private static List<String> prompts(JsonNode body) throws LlamaErrorException {
        JsonNode prompt = body.path("prompt");
        if (prompt.isMissingNode()) {
            throw LlamaErrorException.invalid(
                    "[json.exception.out_of_range.403] key 'prompt' not found");
        }
        Bodies.checkTypes(body);
        List<String> prompts = new ArrayList<>();
        boolean tokens = prompt.isArray() && !prompt.isEmpty() && prompt.path(0).isNumber();
        if (prompt.isString() || tokens) {
            prompts.add(prompt(prompt));
        } else if (prompt.isArray()) {
            for (JsonNode one : prompt) {
                prompts.add(prompt(one));
            }
        }
        if (prompts.isEmpty()) {
            prompt(prompt);
        }
        return prompts;
    }

    private static String prompt(JsonNode prompt) throws LlamaErrorException {
        if (prompt.isString()) {
            return prompt.asString();
        }
        if (!prompt.isArray() || prompt.isEmpty()) {
            throw LlamaErrorException.invalid(
                    "\"prompt\" elements must be a string, a list of tokens, a JSON object"
                            + " containing a prompt string, or a list of mixed strings & tokens.");
        }
        StringBuilder text = new StringBuilder();
        for (JsonNode token : prompt) {
            text.append(token.isString() ? token.asString() : Tokens.text(token.asInt(0)));
        }
        return text.toString();
    }

    /// How the events of a text completion look.
    private sealed interface Shape permits OpenAi, Native {
        String token(String text, Timings soFar);

        String last(String text, String finish, Timings timings);
    }

    private record OpenAi(Wire.Origin origin, boolean usage) implements Shape {
        static String choice(String text, int index, String finish) {
            return "{\"text\":%s,\"index\":%d,\"logprobs\":null,\"finish_reason\":%s}"
                    .formatted(JsonText.quote(text), index, finish);
        }

        private String event(String choice, String more) {
            return "{\"choices\":[" + choice + "]" + origin.whole("text_completion") + more + "}";
        }

        @Override
        public String token(String text, Timings soFar) {
            return event(choice(text, 0, "null"), id());
        }

        @Override
        public String last(String text, String finish, Timings timings) {
            String counted = usage ? "," + Wire.usage(timings) : "";
            return event(
                    choice(text, 0, "\"" + finish + "\""),
                    counted + id() + "," + Wire.timings(timings));
        }

        private String id() {
            return ",\"id\":\"" + origin.id() + "\"";
        }
    }

    private record Native(String model, String prompt) implements Shape {
        @Override
        public String token(String text, Timings soFar) {
            return ("{\"index\":0,\"content\":%s,\"tokens\":[%d],\"stop\":false,\"id_slot"
                            + "\":-1,\"tokens_predicted\":%d,\"tokens_evaluated\":%d}")
                    .formatted(
                            JsonText.quote(text),
                            Tokens.id(text),
                            soFar.generated(),
                            soFar.prompt());
        }

        @Override
        public String last(String text, String finish, Timings timings) {
            return ("{\"index\":0,\"content\":%s,\"tokens\":[],\"id_slot\":0,\"stop\":true"
                            + ",\"model\":%s,\"tokens_predicted\":%d,\"tokens_evaluated\":%d,"
                            + "\"generation_settings\":%s,\"prompt\":%s,\"has_new_line\":false"
                            + ",\"truncated\":false,\"stop_type\":\"%s\",\"stopping_word\":\"\""
                            + ",\"tokens_cached\":%d,%s}")
                    .formatted(
                            JsonText.quote(text),
                            JsonText.quote(model),
                            timings.generated(),
                            timings.prompt(),
                            InfoRoutes.SETTINGS,
                            JsonText.quote(prompt),
                            finish.equals("length") ? "limit" : "eos",
                            timings.prompt() + timings.generated() - 1,
                            Wire.timings(timings));
        }
    }

    private record Events(Response response, Shape shape) implements Output {
        @Override
        public void begin(Timings soFar) throws IOException {
            response.startStream(Service.EVENTS, Service.UNBUFFERED);
        }

        @Override
        public void piece(Piece piece, Timings soFar) throws IOException {
            if (piece instanceof Piece.Text(String text)) {
                Service.event(response, shape.token(text, soFar));
            }
        }

        @Override
        public void ping() throws IOException {
            response.chunk(PING);
        }
    }
}

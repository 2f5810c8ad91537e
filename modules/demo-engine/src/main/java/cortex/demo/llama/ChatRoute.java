package cortex.demo.llama;

import cortex.demo.http.Request;
import cortex.demo.http.Response;
import cortex.demo.script.Ask;
import cortex.demo.script.Tokens;
import cortex.demo.work.Job;
import cortex.demo.work.Timings;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// `/v1/chat/completions` and the count of its input tokens.
final class ChatRoute {
    private final Service service;

    ChatRoute(Service service) {
        this.service = service;
    }

    void complete(Request request, Response response)
            throws IOException, InterruptedException, LlamaErrorException {
        JsonNode body = Bodies.read(request.body());
        Bodies.checkChat(body, service.flags().vision());
        Job job = service.job(Ask.ofChat(body), request, Service.streams(body));
        int choices = Math.max(1, body.path("n").asInt(1));
        if (job.stream()) {
            stream(job, body, response, choices);
        } else {
            whole(job, response, choices);
        }
    }

    void countTokens(Request request, Response response) throws IOException, LlamaErrorException {
        JsonNode body = Bodies.read(request.body());
        Bodies.checkChat(body, service.flags().vision());
        int tokens = Tokens.count(Ask.ofChat(body).prompt()) + 1;
        Service.json(
                response, "{\"input_tokens\":" + tokens + ",\"object\":\"response.input_tokens\"}");
    }

    private void whole(Job job, Response response, int choices)
            throws IOException, InterruptedException, LlamaErrorException {
        Collected all = new Collected();
        Timings timings = service.generate(job, response, all);
        if (timings == null) {
            return;
        }
        Wire.Origin origin = service.origin();
        StringBuilder json = new StringBuilder("{\"choices\":[");
        for (int i = 0; i < choices; i++) {
            json.append(i > 0 ? "," : "")
                    .append("{\"finish_reason\":\"")
                    .append(job.script().finish())
                    .append("\",\"index\":")
                    .append(i)
                    .append(",\"message\":")
                    .append(all.message())
                    .append('}');
        }
        json.append(']').append(origin.whole("chat.completion")).append(',');
        json.append(Wire.usage(timings)).append(",\"id\":\"").append(origin.id()).append("\",");
        Service.json(response, json.append(Wire.timings(timings)).append('}').toString());
    }

    private void stream(Job job, JsonNode body, Response response, int choices)
            throws IOException, InterruptedException, LlamaErrorException {
        ChatStream stream = new ChatStream(response, service.origin(), body, choices);
        @Nullable Timings timings;
        try {
            timings = service.generate(job, response, stream);
        } catch (LlamaErrorException e) {
            Service.event(response, e.json());
            response.endStream();
            return;
        }
        if (timings != null) {
            stream.finish(job.script().finish(), timings);
        }
    }
}

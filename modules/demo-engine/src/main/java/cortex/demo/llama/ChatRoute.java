package cortex.demo.llama;

import cortex.demo.http.Request;
import cortex.demo.http.Response;
import cortex.demo.script.Ask;
import cortex.demo.script.Tokens;
import cortex.demo.work.Collected;
import cortex.demo.work.Job;
import cortex.demo.work.Timings;
import java.io.IOException;
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
        Bodies.checkChat(body, service.abilities().vision());
        Job job = service.job(Ask.ofChat(body), request);
        if (!Service.streams(body)) {
            whole(job, response);
            return;
        }
        ChatStream stream = new ChatStream(response, service.origin(), body);
        Timings timings = service.stream(job, response, stream);
        if (timings != null) {
            stream.finish(job.script().finish(), timings);
        }
    }

    void countTokens(Request request, Response response) throws IOException, LlamaErrorException {
        JsonNode body = Bodies.read(request.body());
        Bodies.checkChat(body, service.abilities().vision());
        int tokens = Tokens.count(Ask.ofChat(body).prompt()) + 1;
        Service.json(
                response, "{\"input_tokens\":" + tokens + ",\"object\":\"response.input_tokens\"}");
    }

    private void whole(Job job, Response response)
            throws IOException, InterruptedException, LlamaErrorException {
        Collected all = new Collected();
        Timings timings = service.generate(job, response, all);
        if (timings == null) {
            return;
        }
        Wire.Origin origin = service.origin();
        Service.json(
                response,
                """
                {"choices":[{"finish_reason":"%s","index":0,"message":%s}]%s,%s,"id":"%s",%s}\
                """
                        .formatted(
                                job.script().finish(),
                                Wire.message(all),
                                origin.whole("chat.completion"),
                                Wire.usage(timings),
                                origin.id(),
                                Wire.timings(timings)));
    }
}

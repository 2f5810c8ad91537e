package cortex.demo.llama;

import cortex.demo.http.Request;
import cortex.demo.http.Response;
import cortex.demo.script.Ask;
import cortex.demo.script.Tokens;
import cortex.demo.work.Collected;
import cortex.demo.work.Job;
import cortex.demo.work.Timings;
import java.io.IOException;
import java.util.List;
import java.util.StringJoiner;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
        int answers = Bodies.answers(body, service.slots().busy().size());
        Job job = service.job(Ask.ofChat(body), request);
        if (!Service.streams(body)) {
            whole(job, answers, response);
            return;
        }
        ChatStream stream = new ChatStream(response, service.origin(), body);
        List<ChatStream.Answer> each =
                IntStream.range(0, answers).mapToObj(stream::answer).toList();
        List<Timings> timings = service.stream(job, response, each);
        if (timings != null) {
            for (int at = 0; at < answers; at++) {
                each.get(at).finish(job.script().finish(), timings.get(at));
            }
            stream.end();
        }
    }

    void countTokens(Request request, Response response) throws IOException, LlamaErrorException {
        JsonNode body = Bodies.read(request.body());
        Bodies.checkChat(body, service.abilities().vision());
        int tokens = Tokens.count(Ask.ofChat(body).prompt()) + 1;
        Service.json(
                response, "{\"input_tokens\":" + tokens + ",\"object\":\"response.input_tokens\"}");
    }

    private void whole(Job job, int answers, Response response)
            throws IOException, InterruptedException, LlamaErrorException {
        List<Collected> all = Stream.generate(Collected::new).limit(answers).toList();
        List<Timings> each = service.generate(job, response, all);
        if (each == null) {
            return;
        }
        StringJoiner choices = new StringJoiner(",");
        for (int at = 0; at < answers; at++) {
            choices.add(
                    """
                    {"finish_reason":"%s","index":%d,"message":%s}\
                    """
                            .formatted(job.script().finish(), at, Wire.message(all.get(at))));
        }
        // Of several answers llama-server tells the first one's tokens.
        Timings timings = each.getFirst();
        Wire.Origin origin = service.origin();
        Service.json(
                response,
                """
                {"choices":[%s]%s,%s,"id":"%s",%s}\
                """
                        .formatted(
                                choices,
                                origin.whole("chat.completion"),
                                Wire.usage(timings),
                                origin.id(),
                                Wire.timings(timings)));
    }
}

package cortex.demo.mistralrs;

import cortex.core.time.Time;
import cortex.demo.flags.Flags;
import cortex.demo.http.Request;
import cortex.demo.http.Response;
import cortex.demo.script.Ask;
import cortex.demo.script.Fault;
import cortex.demo.script.JsonText;
import cortex.demo.script.Script;
import cortex.demo.script.Scripts;
import cortex.demo.script.Tokens;
import cortex.demo.script.Vectors;
import cortex.demo.work.FaultException;
import cortex.demo.work.Job;
import cortex.demo.work.Once;
import cortex.demo.work.Stats;
import cortex.demo.work.Timings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.JsonNode;

/// Chat, text completion and embeddings of mistral.rs.
final class Inference {
    private final Flags flags;
    private final Models models;
    private final Stats stats;
    private final Time time;
    private final AtomicLong ids = new AtomicLong();
    private final Once once = new Once();

    Inference(Flags flags, Models models, Stats stats, Time time) {
        this.flags = flags;
        this.models = models;
        this.stats = stats;
        this.time = time;
    }

    void chat(Request request, Response response)
            throws IOException, InterruptedException, Rejection {
        JsonNode body = Bodies.read(request, "messages");
        run(request, response, body, Ask.ofChat(body), true);
    }

    void complete(Request request, Response response)
            throws IOException, InterruptedException, Rejection {
        JsonNode body = Bodies.read(request, "prompt");
        String prompt = body.path("prompt").asString("");
        run(request, response, body, Ask.ofCompletion(body, prompt), false);
    }

    private void run(Request request, Response response, JsonNode body, Ask ask, boolean chat)
            throws IOException, InterruptedException, Rejection {
        Model model = models.forRequest(body.path("model").asString("default"), 500);
        boolean stream = body.path("stream").asBoolean(false);
        int prompt = Tokens.count(ask.prompt()) + 1;
        int room = model.slots().context() - prompt;
        Script script = once.of(ask.prompt(), Scripts.of(ask, flags.reply(), Math.max(1, room)));
        if (script.refuse() != 0) {
            stats.count(Stats.Count.REQUESTS);
            stats.count(Stats.Count.FAILED);
            throw Rejection.json(script.refuse(), "refused as the prompt asked");
        }
        String id = String.valueOf(ids.getAndIncrement());
        Shapes shapes = new Shapes(id, model.id(), time.now().getEpochSecond());
        Answer answer = new Answer(response, shapes, stream, chat);
        if (stream) {
            answer.open();
        }
        if (room <= 0) {
            tooLong(answer, stream, model.slots().context());
            return;
        }
        Job job = new Job(ask.prompt(), prompt, script, request.client(), stream, !stream);
        try {
            Timings timings = model.generator().generate(job, answer, model::terminated);
            answer.finish(script.finish(), timings);
        } catch (FaultException e) {
            end(answer, response, e);
        }
    }

    private static void tooLong(Answer answer, boolean stream, int context)
            throws IOException, Rejection {
        String message =
                ("Prompt sequence length is greater than %d, perhaps consider using"
                                + " `truncate_sequence`?")
                        .formatted(context);
        if (!stream) {
            throw Rejection.json(422, message);
        }
        answer.fail(message);
    }

    private static void end(Answer answer, Response response, FaultException fault)
            throws IOException, Rejection {
        if (fault.kind() == Fault.Kind.DIE) {
            response.cut();
        } else if (fault.kind() == Fault.Kind.DROPPED) {
            answer.drop();
        } else {
            answer.fail(String.valueOf(fault.getMessage()));
        }
    }

    void embed(Request request, Response response)
            throws IOException, InterruptedException, Rejection {
        JsonNode body = Bodies.read(request, "input");
        Model model = models.forRequest(body.path("model").asString("default"), 422);
        boolean base64 = body.path("encoding_format").asString("float").equals("base64");
        JsonNode input = body.path("input");
        StringJoiner data = new StringJoiner(",", "[", "]");
        int tokens = 0;
        int count = input.isArray() ? input.size() : 1;
        for (int i = 0; i < count; i++) {
            String text = (input.isArray() ? input.path(i) : input).asString("");
            tokens += Tokens.count(text) + 1;
            data.add(
                    "{\"object\":\"embedding\",\"embedding\":%s,\"index\":%d}"
                            .formatted(Vectors.json(Vectors.of(text), base64), i));
        }
        String json =
                ("{\"object\":\"list\",\"data\":%s,\"model\":%s,\"usage\":{\"prompt_tokens"
                                + "\":%d,\"total_tokens\":%d}}")
                        .formatted(data, JsonText.quote(model.id()), tokens, tokens);
        response.send(200, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }
}

package cortex.demo.mistralrs;

import cortex.core.time.Time;
import cortex.demo.http.Request;
import cortex.demo.http.Response;
import cortex.demo.script.Ask;
import cortex.demo.script.Fault;
import cortex.demo.script.Script;
import cortex.demo.script.Scripts;
import cortex.demo.script.Tokens;
import cortex.demo.work.FaultException;
import cortex.demo.work.Job;
import cortex.demo.work.Once;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.JsonNode;

/// Chat as mistral.rs has it.
final class Inference {
    private final Models models;
    private final Time time;
    private final AtomicLong ids = new AtomicLong();
    private final Once once = new Once();

    Inference(Models models, Time time) {
        this.models = models;
        this.time = time;
    }

    void chat(Request request, Response response)
            throws IOException, InterruptedException, Rejection {
        JsonNode body = Bodies.read(request, "messages");
        Ask ask = Ask.ofChat(body);
        Model model = models.forRequest(body.path("model").asString("default"));
        boolean stream = body.path("stream").asBoolean(false);
        int prompt = Tokens.count(ask.prompt()) + 1;
        int room = model.slots().context() - prompt;
        Script script = once.of(ask.prompt(), Scripts.of(ask, Math.max(1, room)));
        if (script.refuse() != 0) {
            throw new Rejection(script.refuse(), "refused as the prompt asked");
        }
        String id = String.valueOf(ids.getAndIncrement());
        Shapes shapes = new Shapes(id, model.id(), time.now().getEpochSecond());
        Answer answer = new Answer(response, shapes, stream);
        if (stream) {
            answer.open();
        }
        if (room <= 0) {
            answer.fail(
                    422,
                    "Prompt sequence length is greater than "
                            + model.slots().context()
                            + ", perhaps consider using `truncate_sequence`?");
            return;
        }
        Job job = new Job(ask.prompt(), prompt, script, request.client());
        try {
            answer.finish(
                    script.finish(),
                    model.generator().generate(job, answer, model.terminated()::get));
        } catch (FaultException e) {
            end(answer, response, e);
        }
    }

    private static void end(Answer answer, Response response, FaultException fault)
            throws IOException, Rejection {
        if (fault.kind() == Fault.Kind.DIE) {
            response.cut();
        } else if (fault.kind() == Fault.Kind.DROPPED) {
            answer.drop();
        } else {
            answer.fail(500, String.valueOf(fault.getMessage()));
        }
    }
}

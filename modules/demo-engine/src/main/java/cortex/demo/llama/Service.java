package cortex.demo.llama;

import cortex.core.time.Time;
import cortex.demo.flags.Flags;
import cortex.demo.http.Request;
import cortex.demo.http.Response;
import cortex.demo.script.Ask;
import cortex.demo.script.Fault;
import cortex.demo.script.Script;
import cortex.demo.script.Scripts;
import cortex.demo.script.Tokens;
import cortex.demo.work.FaultException;
import cortex.demo.work.Generator;
import cortex.demo.work.Job;
import cortex.demo.work.Once;
import cortex.demo.work.Output;
import cortex.demo.work.Slots;
import cortex.demo.work.Timings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What the routes of one engine share: its settings, its slots, its generator, and how answers and
/// faults are sent.
record Service(Flags.Served served, Slots slots, Generator generator, Time time, Once once) {
    static final String JSON = "application/json; charset=utf-8";
    static final String EVENTS = "text/event-stream";
    static final String UNBUFFERED = "X-Accel-Buffering: no";

    /// What the engine can do besides chat.
    Flags.Abilities abilities() {
        return served.abilities();
    }

    /// Makes the job for one generation.
    ///
    /// @throws LlamaErrorException when the prompt does not fit, or the script refuses
    Job job(Ask ask, Request request) throws LlamaErrorException {
        int prompt = Tokens.count(ask.prompt()) + 1;
        if (prompt >= slots.context()) {
            throw LlamaErrorException.tooLong(prompt, slots.context());
        }
        Script script = once.of(ask.prompt(), Scripts.of(ask, slots.context() - prompt));
        if (script.refuse() != 0) {
            throw LlamaErrorException.server(script.refuse(), "refused as the prompt asked");
        }
        return new Job(ask.prompt(), prompt, script, request.client());
    }

    /// Generates; null when the connection was cut as the script wanted.
    ///
    /// @throws LlamaErrorException for an error of the engine on the way
    @Nullable Timings generate(Job job, Response response, Output output)
            throws IOException, InterruptedException, LlamaErrorException {
        try {
            return generator.generate(job, output, () -> false);
        } catch (FaultException e) {
            if (e.kind() == Fault.Kind.DIE) {
                response.cut();
                return null;
            }
            throw LlamaErrorException.server(500, String.valueOf(e.getMessage()));
        }
    }

    /// Generates as many answers as there are outputs, side by side, each in a slot of its own;
    /// null when the connection was cut as the script wanted.
    ///
    /// @throws LlamaErrorException for an error of the engine on the way
    @Nullable List<Timings> generate(Job job, Response response, List<? extends Output> outputs)
            throws IOException, InterruptedException, LlamaErrorException {
        if (outputs.size() == 1) {
            Timings one = generate(job, response, outputs.getFirst());
            return one == null ? null : List.of(one);
        }
        AtomicBoolean stopped = new AtomicBoolean();
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Timings>> runs = new ArrayList<>();
            for (Output output : outputs) {
                runs.add(each.submit(() -> generator.generate(job, output, stopped::get)));
            }
            List<Timings> timings = new ArrayList<>();
            try {
                for (Future<Timings> run : runs) {
                    timings.add(run.get());
                }
            } finally {
                stopped.set(true);
            }
            return timings;
        } catch (ExecutionException e) {
            return ended(response, e.getCause());
        }
    }

    private static @Nullable List<Timings> ended(Response response, @Nullable Throwable why)
            throws IOException, InterruptedException, LlamaErrorException {
        switch (why) {
            case FaultException fault when fault.kind() == Fault.Kind.DIE -> response.cut();
            case FaultException fault ->
                    throw LlamaErrorException.server(500, String.valueOf(fault.getMessage()));
            case IOException io -> throw io;
            case InterruptedException interrupted -> throw interrupted;
            case RuntimeException left -> throw left;
            case null, default -> throw new IllegalStateException(why);
        }
        return null;
    }

    /// Generates into a stream, which an error ends; null when the stream has ended.
    @Nullable Timings stream(Job job, Response response, Output output)
            throws IOException, InterruptedException {
        List<Timings> one = stream(job, response, List.of(output));
        return one == null ? null : one.getFirst();
    }

    /// Generates as many answers as there are outputs, likewise.
    @Nullable List<Timings> stream(Job job, Response response, List<? extends Output> outputs)
            throws IOException, InterruptedException {
        try {
            return generate(job, response, outputs);
        } catch (LlamaErrorException e) {
            response.event(e.json());
            response.endStream();
            return null;
        }
    }

    /// The answer's common fields.
    Wire.Origin origin() {
        return Wire.Origin.of(served.alias(), time.now().getEpochSecond());
    }

    static void json(Response response, String body) throws IOException {
        response.send(200, JSON, body.getBytes(StandardCharsets.UTF_8));
    }

    static boolean streams(JsonNode body) {
        return body.path("stream").asBoolean(false);
    }

    static boolean wantsUsage(JsonNode body) {
        return body.path("stream_options").path("include_usage").asBoolean(false);
    }
}

package cortex.demo.mistralrs;

import cortex.core.time.Time;
import cortex.demo.flags.Flags;
import cortex.demo.http.Handler;
import cortex.demo.http.Request;
import cortex.demo.http.Response;
import cortex.demo.script.JsonText;
import cortex.demo.work.DeviceMemory;
import cortex.demo.work.Generator;
import cortex.demo.work.LoadException;
import cortex.demo.work.Slots;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/// mistral.rs's routes over its models.
public final class MistralrsEngine implements Handler {
    private static final String JSON = "application/json";
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final Map<String, String> METHODS =
            Map.of(
                    "/health", "GET",
                    "/v1/models", "GET",
                    "/v1/models/unload", "POST",
                    "/v1/models/reload", "POST",
                    "/v1/models/status", "POST",
                    "/v1/chat/completions", "POST");

    private final Flags flags;
    private final Time time;
    private final Models models;
    private final Inference inference;

    /// An engine with no model loaded yet, each with its memory. `generators` makes the generator
    /// of a model that has just been loaded, over its slots.
    public MistralrsEngine(
            Flags flags,
            Map<String, DeviceMemory> memories,
            Function<Slots, Generator> generators,
            Time time) {
        this.flags = flags;
        this.time = time;
        Flags.Served served = flags.served();
        this.models =
                new Models(
                        flags.pace(),
                        memories,
                        id -> {
                            Slots slots = new Slots(served.parallel(), served.context());
                            return new Model(
                                    id, slots, generators.apply(slots), new AtomicBoolean());
                        });
        this.inference = new Inference(models, time);
    }

    /// Loads every model there is to be; blocks.
    ///
    /// @throws LoadException when one cannot be loaded
    /// @throws InterruptedException when the engine is stopping
    public void load() throws LoadException, InterruptedException {
        for (String id : flags.served().models()) {
            models.add(id);
        }
    }

    @Override
    public void handle(Request request, Response response)
            throws IOException, InterruptedException {
        String method = METHODS.get(request.path());
        if (method == null) {
            response.send(404, TEXT, new byte[0]);
        } else if (!method.equals(request.method())) {
            response.send(405, TEXT, new byte[0], "Allow: " + method);
        } else {
            try {
                route(request, response);
            } catch (Rejection e) {
                response.send(e.status(), JSON, e.body());
            }
        }
    }

    private void route(Request request, Response response)
            throws IOException, InterruptedException, Rejection {
        switch (request.path()) {
            case "/health" -> response.send(200, TEXT, utf8("OK"));
            case "/v1/models" -> response.send(200, JSON, utf8(listed()));
            case "/v1/chat/completions" -> inference.chat(request, response);
            default -> lifecycle(request, response);
        }
    }

    private void lifecycle(Request request, Response response)
            throws IOException, InterruptedException, Rejection {
        String id = Bodies.read(request, "model_id").path("model_id").asString("");
        String status =
                switch (request.path()) {
                    case "/v1/models/unload" -> models.unload(id);
                    case "/v1/models/reload" -> models.reload(id);
                    default -> models.status(id);
                };
        String json = "{\"model_id\":%s,\"status\":\"%s\"}".formatted(JsonText.quote(id), status);
        response.send(200, JSON, utf8(json));
    }

    private String listed() {
        long now = time.now().getEpochSecond();
        String common = ",\"object\":\"model\",\"created\":" + now + ",\"owned_by\":\"local\"";
        StringJoiner all = new StringJoiner(",", "{\"object\":\"list\",\"data\":[", "]}");
        all.add("{\"id\":\"default\"" + common + ",\"root\":\"default\"}");
        for (Models.Listed model : models.listed()) {
            all.add(
                    "{\"id\":%s%s,\"status\":\"%s\"}"
                            .formatted(JsonText.quote(model.id()), common, model.status()));
        }
        return all.toString();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

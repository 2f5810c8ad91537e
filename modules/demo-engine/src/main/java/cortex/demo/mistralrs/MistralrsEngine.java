package cortex.demo.mistralrs;

import cortex.core.time.Time;
import cortex.demo.flags.Flags;
import cortex.demo.http.Handler;
import cortex.demo.http.Request;
import cortex.demo.http.Response;
import cortex.demo.script.JsonText;
import cortex.demo.work.Generator;
import cortex.demo.work.Slots;
import cortex.demo.work.Stats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Function;

/// mistral.rs's routes over its models.
public final class MistralrsEngine implements Handler {
    private static final String JSON = "application/json";
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final Map<String, String> METHODS =
            Map.ofEntries(
                    Map.entry("/", "GET"),
                    Map.entry("/health", "GET"),
                    Map.entry("/metrics", "GET"),
                    Map.entry("/v1/models", "GET"),
                    Map.entry("/v1/system/info", "GET"),
                    Map.entry("/v1/models/unload", "POST"),
                    Map.entry("/v1/models/reload", "POST"),
                    Map.entry("/v1/models/status", "POST"),
                    Map.entry("/v1/chat/completions", "POST"),
                    Map.entry("/v1/completions", "POST"),
                    Map.entry("/v1/embeddings", "POST"));

    private final Flags flags;
    private final Time time;
    private final Stats stats;
    private final Models models;
    private final Inference inference;

    /// An engine with no model loaded yet. `generators` makes the generator of a model that has
    /// just been loaded, over its slots.
    public MistralrsEngine(
            Flags flags,
            ModelLoader loader,
            Function<Slots, Generator> generators,
            Stats stats,
            Time time) {
        this.flags = flags;
        this.time = time;
        this.stats = stats;
        this.models =
                new Models(
                        loader,
                        id -> {
                            Slots slots = new Slots(flags.parallel(), flags.slotContext());
                            return new Model(id, slots, generators.apply(slots));
                        });
        this.inference = new Inference(flags, models, stats, time);
    }

    /// Loads every model there is to be; blocks.
    ///
    /// @throws InterruptedException when the engine is stopping
    public void load() throws InterruptedException {
        for (String id : flags.models()) {
            models.add(id);
        }
    }

    /// Generations running.
    public int active() {
        return models.running().stream().mapToInt(model -> model.slots().active()).sum();
    }

    /// Generations waiting.
    public int queued() {
        return models.running().stream().mapToInt(model -> model.slots().queued()).sum();
    }

    @Override
    public void handle(Request request, Response response)
            throws IOException, InterruptedException {
        String method = METHODS.get(request.path());
        if (method == null) {
            response.send(404, TEXT, new byte[0]);
        } else if (!method.equals(request.method())) {
            response.send(405, TEXT, new byte[0], "allow: " + method);
        } else {
            try {
                route(request, response);
            } catch (Rejection e) {
                response.send(e.status(), e.type(), e.body());
            }
        }
    }

    private void route(Request request, Response response)
            throws IOException, InterruptedException, Rejection {
        switch (request.path()) {
            case "/", "/health" -> response.send(200, TEXT, utf8("OK"));
            case "/metrics" -> metrics(response);
            case "/v1/models" -> response.send(200, JSON, utf8(listed()));
            case "/v1/system/info" -> response.send(200, JSON, utf8(system()));
            case "/v1/chat/completions" -> inference.chat(request, response);
            case "/v1/completions" -> inference.complete(request, response);
            case "/v1/embeddings" -> inference.embed(request, response);
            default -> lifecycle(request, response);
        }
    }

    private void lifecycle(Request request, Response response)
            throws IOException, InterruptedException, Rejection {
        String id = Bodies.read(request, "model_id").path("model_id").asString("");
        Models.Outcome outcome =
                switch (request.path()) {
                    case "/v1/models/unload" -> models.unload(id);
                    case "/v1/models/reload" -> models.reload(id);
                    default -> models.status(id);
                };
        String error = outcome.error();
        String more = error == null ? "" : ",\"error\":" + JsonText.quote(error);
        String json =
                "{\"model_id\":%s,\"status\":\"%s\"%s}"
                        .formatted(JsonText.quote(id), outcome.status(), more);
        response.send(200, JSON, utf8(json));
    }

    private String listed() {
        long now = time.now().getEpochSecond();
        String common = ",\"object\":\"model\",\"created\":" + now + ",\"owned_by\":\"local\"";
        StringJoiner all = new StringJoiner(",", "{\"object\":\"list\",\"data\":[", "]}");
        all.add("{\"id\":\"default\"" + common + ",\"root\":\"default\"}");
        for (Models.Listed model : models.listed()) {
            all.add(
                    "{\"id\":"
                            + JsonText.quote(model.id())
                            + common
                            + ",\"status\":\""
                            + model.status()
                            + "\"}");
        }
        return all.toString();
    }

    private static String system() {
        return ("{\"os\":%s,\"kernel\":%s,\"devices\":[],\"build\":{\"version\":\"0.9.2"
                        + "\",\"cuda\":false}}")
                .formatted(
                        JsonText.quote(System.getProperty("os.name", "")),
                        JsonText.quote(System.getProperty("os.version", "")));
    }

    private void metrics(Response response) throws IOException {
        if (!flags.metrics()) {
            response.send(503, TEXT, utf8("metrics are disabled"));
            return;
        }
        String text =
                "# TYPE demo_generated_tokens_total counter\ndemo_generated_tokens_total "
                        + stats.get(Stats.Count.TOKENS)
                        + "\n";
        response.send(200, TEXT, utf8(text));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

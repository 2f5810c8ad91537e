package cortex.demo.llama;

import cortex.core.time.Time;
import cortex.demo.flags.Flags;
import cortex.demo.http.Handler;
import cortex.demo.http.Request;
import cortex.demo.http.Response;
import cortex.demo.work.Generator;
import cortex.demo.work.Once;
import cortex.demo.work.Slots;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// llama-server's routes. Until {@link #loaded} every one of them answers 503.
public final class LlamaEngine implements Handler {
    private static final byte[] LOADING = error("Loading model", "unavailable_error", 503);
    private static final byte[] NOT_FOUND = error("File Not Found", "not_found_error", 404);

    private final ChatRoute chat;
    private final CompletionRoute completion;
    private final VectorRoutes vectors;
    private final AudioRoutes audio;
    private final InfoRoutes info;
    private volatile boolean loaded;

    /// An engine that is still loading.
    public LlamaEngine(Flags.Served served, Slots slots, Generator generator, Time time) {
        Service service = new Service(served, slots, generator, time, new Once());
        this.chat = new ChatRoute(service);
        this.completion = new CompletionRoute(service);
        this.vectors = new VectorRoutes(service);
        this.audio = new AudioRoutes(service);
        this.info = new InfoRoutes(service);
    }

    private static byte[] error(String message, String type, int status) {
        return "{\"error\":{\"message\":\"%s\",\"type\":\"%s\",\"code\":%d}}"
                .formatted(message, type, status)
                .getBytes(StandardCharsets.UTF_8);
    }

    /// Opens every route.
    public void loaded() {
        loaded = true;
    }

    @Override
    public void handle(Request request, Response response)
            throws IOException, InterruptedException {
        if (!loaded) {
            response.send(503, Service.JSON, LOADING);
            return;
        }
        try {
            route(request, response);
        } catch (LlamaErrorException e) {
            response.send(e.status(), Service.JSON, e.json().getBytes(StandardCharsets.UTF_8));
        }
    }

    private void route(Request request, Response response)
            throws IOException, InterruptedException, LlamaErrorException {
        switch (request.method() + " " + request.path().replaceFirst("^/v1(?=/)", "")) {
            case "GET /health" -> Service.json(response, "{\"status\":\"ok\"}");
            case "GET /models" -> info.models(response);
            case "GET /props" -> info.props(response);
            case "GET /slots" -> info.slots(response);
            case "POST /chat/completions" -> chat.complete(request, response);
            case "POST /chat/completions/input_tokens" -> chat.countTokens(request, response);
            case "POST /completions" -> completion.complete(request, response);
            case "POST /embeddings" -> vectors.embed(request, response);
            case "POST /rerank", "POST /reranking" -> vectors.rerank(request, response);
            case "POST /audio/transcriptions" -> audio.transcribe(request, response);
            default -> response.send(404, Service.JSON, NOT_FOUND);
        }
    }
}

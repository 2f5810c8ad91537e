package cortex.demo.llama;

import cortex.core.time.Time;
import cortex.demo.flags.Flags;
import cortex.demo.http.Handler;
import cortex.demo.http.Request;
import cortex.demo.http.Response;
import cortex.demo.work.Generator;
import cortex.demo.work.Once;
import cortex.demo.work.Slots;
import cortex.demo.work.Stats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// llama-server's routes. Until {@link #loaded} every one of them answers 503.
public final class LlamaEngine implements Handler {
    private static final byte[] LOADING =
            error("Loading model", "unavailable_error", 503).getBytes(StandardCharsets.UTF_8);
    private static final byte[] NOT_FOUND =
            error("File Not Found", "not_found_error", 404).getBytes(StandardCharsets.UTF_8);
    private static final byte[] NO_KEY =
            error("Invalid API Key", "authentication_error", 401).getBytes(StandardCharsets.UTF_8);

    private final Service service;
    private final ChatRoute chat;
    private final CompletionRoute completion;
    private final VectorRoutes vectors;
    private final InfoRoutes info;
    private volatile boolean loaded;

    /// An engine that is still loading.
    public LlamaEngine(Flags flags, Slots slots, Generator generator, Stats stats, Time time) {
        this.service = new Service(flags, slots, generator, stats, time, new Once());
        this.chat = new ChatRoute(service);
        this.completion = new CompletionRoute(service);
        this.vectors = new VectorRoutes(service);
        this.info = new InfoRoutes(service);
    }

    private static String error(String message, String type, int status) {
        return "{\"error\":{\"message\":\"%s\",\"type\":\"%s\",\"code\":%d}}"
                .formatted(message, type, status);
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
        if (request.method().equals("OPTIONS")) {
            response.send(
                    200,
                    "text/html",
                    new byte[0],
                    "Access-Control-Allow-Credentials: true",
                    "Access-Control-Allow-Methods: GET, POST, DELETE, OPTIONS",
                    "Access-Control-Allow-Headers: *");
            return;
        }
        if (!allowed(request)) {
            response.send(401, Service.JSON, NO_KEY);
            return;
        }
        try {
            route(request, response);
        } catch (LlamaErrorException e) {
            response.send(e.status(), Service.JSON, e.body());
        }
    }

    private boolean allowed(Request request) {
        String key = service.flags().apiKey();
        if (key == null || key.isEmpty() || request.path().endsWith("/health")) {
            return true;
        }
        return ("Bearer " + key).equals(request.header("authorization"))
                || key.equals(request.header("x-api-key"));
    }

    private void route(Request request, Response response)
            throws IOException, InterruptedException, LlamaErrorException {
        String method = request.method().equals("HEAD") ? "GET" : request.method();
        switch (method + " " + request.path()) {
            case "GET /health", "GET /v1/health" -> Service.json(response, "{\"status\":\"ok\"}");
            case "GET /models", "GET /v1/models" -> info.models(response);
            case "GET /props" -> info.props(response);
            case "GET /slots" -> info.slots(response);
            case "GET /metrics" -> info.metrics(response);
            case "POST /v1/chat/completions", "POST /chat/completions" ->
                    chat.complete(request, response);
            case "POST /v1/chat/completions/input_tokens" -> chat.countTokens(request, response);
            case "POST /v1/completions" -> completion.complete(request, response);
            case "POST /completion", "POST /completions" ->
                    completion.completeNatively(request, response);
            case "POST /v1/embeddings", "POST /embeddings" -> vectors.embed(request, response);
            case "POST /v1/rerank", "POST /rerank", "POST /v1/reranking", "POST /reranking" ->
                    vectors.rerank(request, response);
            case "POST /tokenize" -> TextRoutes.tokenize(request, response);
            case "POST /detokenize" -> TextRoutes.detokenize(request, response);
            case "POST /apply-template" ->
                    TextRoutes.applyTemplate(request, response, service.flags().vision());
            default -> response.send(404, Service.JSON, NOT_FOUND);
        }
    }
}

package cortex.demo.llama;

import cortex.demo.http.Request;
import cortex.demo.http.Response;
import cortex.demo.script.JsonText;
import cortex.demo.script.Tokens;
import cortex.demo.script.Vectors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.StringJoiner;
import tools.jackson.databind.JsonNode;

/// `/v1/embeddings` and `/v1/rerank`.
final class VectorRoutes {
    private final Service service;

    VectorRoutes(Service service) {
        this.service = service;
    }

    void embed(Request request, Response response) throws IOException, LlamaErrorException {
        if (!service.abilities().embeddings()) {
            throw LlamaErrorException.server(
                    501, "This server does not support embeddings. Start it with `--embeddings`");
        }
        JsonNode body = Bodies.read(request.body());
        if (!body.has("input")) {
            throw LlamaErrorException.invalid("\"input\" or \"content\" must be provided");
        }
        Service.json(response, Vectors.embeddings(body, service.served().alias()));
    }

    void rerank(Request request, Response response) throws IOException, LlamaErrorException {
        if (!service.abilities().rerank()) {
            throw LlamaErrorException.server(
                    501, "This server does not support reranking. Start it with `--reranking`");
        }
        JsonNode body = Bodies.read(request.body());
        if (!body.path("query").isString()) {
            throw LlamaErrorException.invalid("\"query\" must be provided");
        }
        JsonNode documents = body.path("documents");
        if (!documents.isArray() || documents.isEmpty()) {
            throw LlamaErrorException.invalid("\"documents\" must be a non-empty string array");
        }
        String query = body.path("query").asString();
        record Ranked(int index, double score) {}
        List<Ranked> ranked = new ArrayList<>();
        int tokens = 0;
        for (JsonNode document : documents) {
            String text = document.asString("");
            tokens += Tokens.count(query) + Tokens.count(text) + 3;
            ranked.add(new Ranked(ranked.size(), Vectors.relevance(query, text)));
        }
        ranked.sort(Comparator.comparingDouble(Ranked::score).reversed());
        StringJoiner results = new StringJoiner(",", "[", "]");
        ranked.stream()
                .limit(Math.max(1, body.path("top_n").asInt(ranked.size())))
                .forEach(one ->
                        results.add(
                                "{\"index\":%d,\"relevance_score\":%s}"
                                        .formatted(one.index(), one.score())));
        Service.json(
                response,
                """
                {"model":%s,"object":"list","usage":{"prompt_tokens":%d,"total_tokens":%d},\
                "results":%s}\
                """
                        .formatted(
                                JsonText.quote(service.served().alias()), tokens, tokens, results));
    }
}

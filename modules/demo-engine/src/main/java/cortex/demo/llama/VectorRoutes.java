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
        if (!service.flags().embeddings()) {
            throw LlamaErrorException.server(
                    501, "This server does not support embeddings. Start it with `--embeddings`");
        }
        JsonNode body = Bodies.read(request.body());
        JsonNode input = body.has("input") ? body.path("input") : body.path("content");
        if (input.isMissingNode()) {
            throw LlamaErrorException.invalid("\"input\" or \"content\" must be provided");
        }
        boolean base64 = body.path("encoding_format").asString("float").equals("base64");
        StringJoiner data = new StringJoiner(",", "[", "]");
        int tokens = 0;
        List<String> texts = texts(input);
        for (int i = 0; i < texts.size(); i++) {
            tokens += Tokens.count(texts.get(i)) + 1;
            data.add(
                    "{\"embedding\":%s,\"index\":%d,\"object\":\"embedding\"%s}"
                            .formatted(
                                    Vectors.json(Vectors.of(texts.get(i)), base64),
                                    i,
                                    base64 ? ",\"encoding_format\":\"base64\"" : ""));
        }
        Service.json(response, head(tokens) + ",\"data\":" + data + "}");
    }

    private static List<String> texts(JsonNode input) {
        if (!input.isArray() || input.path(0).isNumber()) {
            return List.of(text(input));
        }
        List<String> texts = new ArrayList<>();
        input.forEach(one -> texts.add(text(one)));
        return texts;
    }

    private static String text(JsonNode input) {
        if (!input.isArray()) {
            return input.asString("");
        }
        StringBuilder text = new StringBuilder();
        input.forEach(token -> text.append(Tokens.text(token.asInt(0))));
        return text.toString();
    }

    void rerank(Request request, Response response) throws IOException, LlamaErrorException {
        if (!service.flags().rerank()) {
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
                                "{\"index\":"
                                        + one.index()
                                        + ",\"relevance_score\":"
                                        + one.score()
                                        + "}"));
        Service.json(response, head(tokens) + ",\"results\":" + results + "}");
    }

    private String head(int tokens) {
        return ("{\"model\":%s,\"object\":\"list\",\"usage\":{\"prompt_tokens\":%d,"
                        + "\"total_tokens\":%d}")
                .formatted(JsonText.quote(service.flags().alias()), tokens, tokens);
    }
}

package cortex.cli.verify;

import cortex.cli.dialect.Dialect;
import cortex.cli.dialect.ReadAnswer;
import cortex.core.node.Json;
import java.util.Base64;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What only some models claim to be able to, and the counting of tokens.
final class ExtraChecks {
    /// A red square of 16 × 16 pixels.
    private static final String RED =
            "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR42mP4z8BAEmIY1TCqYfhqAACQ"
                    + "+f8B8u7oVwAAAABJRU5ErkJggg==";

    private static final Pattern CALLED_RED = Pattern.compile("(?i)\\bred\\b");

    private final ModelClient client;

    ExtraChecks(ModelClient client) {
        this.client = client;
    }

    String vision(Dialect dialect) throws Unfulfilled, InterruptedException {
        var prompt = client.prompt("What colour is this picture? One word.", AnswerChecks.ROOM);
        ReadAnswer told = client.sound(dialect, prompt.showing(RED));
        if (told.empty()) {
            throw Unfulfilled.notShown("the model said nothing");
        }
        String said = "'" + told.text().strip() + "'";
        if (!CALLED_RED.matcher(told.text()).find()) {
            throw Unfulfilled.notShown("the model does not call a red picture red: " + said);
        }
        return "a red picture: " + said;
    }

    String embeddings() throws Unfulfilled, InterruptedException {
        JsonNode floats = embedded("float");
        JsonNode base64 = embedded("base64");
        int dimensions = floats.path(0).path("embedding").size();
        for (int i = 0; i < 2; i++) {
            JsonNode vector = floats.path(i).path("embedding");
            String packed = base64.path(i).path("embedding").asString("");
            boolean numbers = vector.isArray() && !vector.isEmpty() && vector.path(0).isNumber();
            if (!numbers || vector.size() != dimensions) {
                throw Unfulfilled.failed(
                        "an embedding is no list of numbers, or of another length");
            }
            if (Base64.getDecoder().decode(packed).length != 4 * dimensions) {
                throw Unfulfilled.failed("the base64 form is not " + dimensions + " floats");
            }
        }
        return dimensions + " dimensions, as numbers and in base64";
    }

    private JsonNode embedded(String format) throws Unfulfilled, InterruptedException {
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.put("model", client.model()).put("encoding_format", format);
        body.putArray("input").add("a red square").add("the price of tea");
        Api.Answer answer = client.api().post("/v1/embeddings", body.toString(), client.patience());
        if (!answer.ok()) {
            throw Unfulfilled.failed(answer.refusal());
        }
        JsonNode data = answer.json().path("data");
        if (data.size() != 2
                || data.path(0).path("index").asInt(-1) != 0
                || data.path(1).path("index").asInt(-1) != 1) {
            throw Unfulfilled.failed("two texts do not give two vectors in order");
        }
        return data;
    }

    String rerank() throws Unfulfilled, InterruptedException {
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.put("model", client.model()).put("query", "What is the capital of France?");
        body.putArray("documents")
                .add("Bananas are yellow.")
                .add("The capital of France is Paris.");
        Api.Answer answer = client.api().post("/v1/rerank", body.toString(), client.patience());
        if (!answer.ok()) {
            throw Unfulfilled.failed(answer.refusal());
        }
        JsonNode results = answer.json().path("results");
        double[] scores = {Double.NaN, Double.NaN};
        for (JsonNode result : results) {
            int index = result.path("index").asInt(-1);
            JsonNode score = result.path("relevance_score");
            if (index < 0 || index > 1 || !score.isNumber() || !Double.isNaN(scores[index])) {
                throw Unfulfilled.failed("a result has no index of its own, or no score");
            }
            scores[index] = score.asDouble();
        }
        if (Double.isNaN(scores[0]) || Double.isNaN(scores[1])) {
            throw Unfulfilled.failed("two documents do not give two results");
        }
        if (scores[1] <= scores[0]) {
            throw Unfulfilled.notShown("the document with the answer does not have the best score");
        }
        return "the document with the answer has the best score";
    }

    /// The count of a prompt against what its answer says was read.
    String countTokens(Dialect messages) throws Unfulfilled, InterruptedException {
        var prompt = client.prompt(AnswerChecks.HELLO, AnswerChecks.ROOM);
        ReadAnswer told = client.sound(messages, prompt);
        ObjectNode body = (ObjectNode) messages.body(prompt);
        body.remove("max_tokens");
        body.remove("temperature");
        String path = messages.path() + "/count_tokens";
        Api.Answer answer = client.api().post(path, body.toString(), client.patience());
        if (!answer.ok()) {
            throw Unfulfilled.failed(answer.refusal());
        }
        long counted = answer.json().path("input_tokens").asLong(-1);
        Long read = told.usage().prompt();
        if (read == null || counted <= 0) {
            throw Unfulfilled.failed("counted " + counted + ", read " + read);
        }
        boolean guess = answer.headers().firstValue("x-cortex-token-count").isPresent();
        boolean near = counted <= 2 * read && read <= 2 * counted;
        if (guess ? !near : counted != read) {
            throw Unfulfilled.failed("counted " + counted + ", the answer says " + read);
        }
        return counted + " tokens" + (guess ? ", a guess; the answer says " + read : ", exactly");
    }
}

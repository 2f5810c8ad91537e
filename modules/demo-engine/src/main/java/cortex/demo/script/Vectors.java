package cortex.demo.script;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import tools.jackson.databind.JsonNode;

/// Make-believe embeddings: unit vectors that are the same for the same text, and nearer to each
/// other the more words two texts share.
public final class Vectors {
    private static final int DIMENSIONS = 64;

    private Vectors() {}

    /// The whole answer to a request for the embeddings of its `input`.
    public static String embeddings(JsonNode request, String model) {
        JsonNode input = request.path("input");
        boolean base64 = request.path("encoding_format").asString("float").equals("base64");
        StringJoiner data = new StringJoiner(",", "[", "]");
        int tokens = 0;
        int count = input.isArray() ? input.size() : 1;
        for (int i = 0; i < count; i++) {
            String text = (input.isArray() ? input.path(i) : input).asString("");
            tokens += Tokens.count(text) + 1;
            data.add(
                    "{\"object\":\"embedding\",\"embedding\":%s,\"index\":%d}"
                            .formatted(json(of(text), base64), i));
        }
        return """
        {"object":"list","data":%s,"model":%s,"usage":{"prompt_tokens":%d,"total_tokens":%d}}\
        """
                .formatted(data, JsonText.quote(model), tokens, tokens);
    }

    /// The vector of `text`, of length one.
    private static float[] of(String text) {
        double[] sum = new double[DIMENSIONS];
        add(sum, "");
        words(text).forEach(word -> add(sum, word));
        double length = 0;
        for (double x : sum) {
            length += x * x;
        }
        float[] vector = new float[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] = (float) (sum[i] / Math.sqrt(length));
        }
        return vector;
    }

    private static void add(double[] sum, String word) {
        SplittableRandom random = new SplittableRandom(word.hashCode() * 0x9E3779B97F4A7C15L);
        double weight = word.isEmpty() ? 0.2 : 1;
        for (int i = 0; i < DIMENSIONS; i++) {
            sum[i] += weight * (random.nextDouble() - 0.5);
        }
    }

    private static Set<String> words(String text) {
        Set<String> words = new HashSet<>(List.of(text.toLowerCase(Locale.ROOT).split("\\W+", -1)));
        words.remove("");
        return words;
    }

    /// How well `document` answers `query`, greater is better.
    public static double relevance(String query, String document) {
        float[] one = of(query);
        float[] other = of(document);
        double product = 0;
        for (int i = 0; i < DIMENSIONS; i++) {
            product += one[i] * other[i];
        }
        return product;
    }

    /// A vector as JSON: an array, or a string of little-endian floats in base64.
    private static String json(float[] vector, boolean base64) {
        if (base64) {
            ByteBuffer bytes = ByteBuffer.allocate(4 * vector.length);
            bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(vector);
            return '"' + Base64.getEncoder().encodeToString(bytes.array()) + '"';
        }
        StringJoiner numbers = new StringJoiner(",", "[", "]");
        for (float x : vector) {
            numbers.add(String.valueOf(x));
        }
        return numbers.toString();
    }
}

package cortex.core.dialect.chat;

import cortex.core.dialect.JsonText;
import cortex.core.dialect.RequestLimits;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.failure.Outward;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// JSON trees of requests: read with limits on depth but not on the length of texts (images and
/// files travel as such), numbers kept as they were written.
public final class ChatJson {
    /// Makes nodes.
    public static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /// Bodies are read after a scan that has counted them; this is only where it may end.
    private static final JsonMapper BODIES = mapper(RequestLimits.MOST_TOKENS);

    /// What an engine sends in one piece, and arguments of one tool call, which come as a text that
    /// is parsed for itself.
    private static final JsonMapper TEXTS = mapper(100_000);

    private ChatJson() {}

    private static JsonMapper mapper(long maxTokens) {
        return JsonMapper.builder(
                        JsonFactory.builder()
                                .streamReadConstraints(
                                        StreamReadConstraints.builder()
                                                .maxNestingDepth(RequestLimits.MAX_DEPTH)
                                                .maxStringLength(Integer.MAX_VALUE)
                                                .maxTokenCount(maxTokens)
                                                .build())
                                .streamWriteConstraints(
                                        StreamWriteConstraints.builder()
                                                .maxNestingDepth(2 * RequestLimits.MAX_DEPTH)
                                                .build())
                                .build())
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                .build();
    }

    /// How far a model is that is still loading, as errors tell it in every dialect.
    public static ObjectNode loading(Failure.StillLoading loading) {
        Duration eta = loading.eta();
        return object().put("state", loading.state().name().toLowerCase(Locale.ROOT))
                .put("node", Outward.nodeOrNull(loading.node()))
                .put("eta_s", eta == null ? null : Long.valueOf(eta.toSeconds()));
    }

    /// Reads a request's body.
    ///
    /// @throws FailureException with {@link Failure.BadRequest} when it is not one JSON object
    public static ObjectNode object(byte[] body) {
        try {
            if (BODIES.readTree(body) instanceof ObjectNode object) {
                return object;
            }
        } catch (JacksonException e) {
            throw new FailureException(
                    new Failure.BadRequest(
                            "The request body is not valid JSON: " + JsonText.reason(e), null),
                    e);
        }
        throw bad("The request body must be a JSON object.", null);
    }

    /// Reads any JSON text; null when it is none, or longer than one tool call's arguments or one
    /// piece of an engine's answer ever is.
    public static @Nullable JsonNode parse(String json) {
        try {
            JsonNode node = TEXTS.readTree(json);
            return node != null && !node.isMissingNode() ? node : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    /// Whether a text is one JSON object; nothing is built of it.
    public static boolean isObject(String json) {
        try (JsonParser parser = BODIES.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            parser.skipChildren();
            return parser.nextToken() == null;
        } catch (JacksonException e) {
            return false;
        }
    }

    /// Compact JSON text.
    public static String text(JsonNode node) {
        return BODIES.writeValueAsString(node);
    }

    /// Compact JSON in UTF-8. Halves of surrogate pairs, which JSON can carry but UTF-8 cannot,
    /// become question marks.
    public static byte[] bytes(JsonNode node) {
        try {
            return BODIES.writeValueAsBytes(node);
        } catch (JacksonException e) {
            return BODIES.writeValueAsString(node).getBytes(StandardCharsets.UTF_8);
        }
    }

    /// A new object.
    public static ObjectNode object() {
        return NODES.objectNode();
    }

    /// A new array.
    public static ArrayNode array() {
        return NODES.arrayNode();
    }

    /// The string under a name, or null when there is none or it is something else.
    public static @Nullable String string(JsonNode node, String name) {
        JsonNode value = node.path(name);
        return value.isString() ? value.asString() : null;
    }

    /// The string under a name, or the empty one.
    public static String stringOrEmpty(JsonNode node, String name) {
        String value = string(node, name);
        return value == null ? "" : value;
    }

    /// Whether a name stands for something: neither left out nor null.
    public static boolean has(JsonNode node, String name) {
        JsonNode value = node.path(name);
        return !value.isMissingNode() && !value.isNull();
    }

    /// A refusal of the request; `param` is the field it is about.
    public static FailureException bad(String message, @Nullable String param) {
        return new FailureException(new Failure.BadRequest(message, param));
    }
}

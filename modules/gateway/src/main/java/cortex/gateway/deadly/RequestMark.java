package cortex.gateway.deadly;

import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/// Tells equal requests by a keyed hash of the body's fields, but for those that change from one
/// try to the next. One pass over the bytes, no tree and no text is made. The key is made anew in
/// each run, so that a mark says nothing of a prompt to whoever sees it. Safe for use by many
/// threads.
final class RequestMark {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int SHOWN = 12;

    /// What clients and libraries change when they try again, and engines do not act on.
    private static final Set<String> VOLATILE =
            Set.of(
                    "metadata",
                    "model",
                    "prompt_cache_key",
                    "safety_identifier",
                    "seed",
                    "service_tier",
                    "store",
                    "stream",
                    "stream_options",
                    "user");

    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxStringLength(Integer.MAX_VALUE)
                                    .build())
                    .build();

    private final SecretKeySpec key;

    RequestMark() {
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        key = new SecretKeySpec(secret, ALGORITHM);
    }

    /// The mark of a body.
    String of(byte[] body) {
        Mac mac = mac();
        try (JsonParser json = FACTORY.createParser(ObjectReadContext.empty(), body)) {
            JsonToken token = json.nextToken() == null ? null : json.nextToken();
            while (token == JsonToken.PROPERTY_NAME) {
                boolean counts = !VOLATILE.contains(json.currentName());
                int from = start(json);
                json.nextToken();
                json.skipChildren();
                token = json.nextToken();
                if (counts) {
                    field(mac, body, from, start(json));
                }
            }
        } catch (JacksonException e) {
            // Not JSON after all: equal bytes are equal.
            mac.update(body);
        }
        return HexFormat.of().formatHex(mac.doFinal(), 0, SHOWN);
    }

    private static int start(JsonParser json) {
        return (int) json.currentTokenLocation().getByteOffset();
    }

    /// A field's bytes without what separates it from the next.
    private static void field(Mac mac, byte[] body, int from, int next) {
        int end = Math.min(next, body.length);
        while (end > from
                && ((body[end - 1] <= ' ' && body[end - 1] >= 0) || body[end - 1] == ',')) {
            end--;
        }
        mac.update(body, from, Math.max(0, end - from));
        mac.update((byte) ',');
    }

    private Mac mac() {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac;
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}

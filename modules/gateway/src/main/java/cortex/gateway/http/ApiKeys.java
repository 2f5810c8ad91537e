package cortex.gateway.http;

import cortex.core.config.Secret;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who may use the API: anybody when no keys are configured, else whoever shows one of them as a
/// Bearer token or as `x-api-key`. One valid key of the two is enough. A key's owner is known by a
/// short name made from the key, which tells nothing of it.
public final class ApiKeys {
    private static final HeaderName X_API_KEY = HeaderNames.create("x-api-key");
    private static final String BEARER = "bearer ";

    private static final int NAME_BYTES = 4;

    private final List<byte[]> keys;
    private final List<String> names;

    /// Knows the configured keys.
    public ApiKeys(List<Secret> keys) {
        this.keys = keys.stream().map(key -> utf8(key.reveal())).toList();
        this.names = keys.stream().map(key -> nameOf(key.reveal())).toList();
    }

    /// Whether there are none, so that everybody passes.
    boolean isEmpty() {
        return keys.isEmpty();
    }

    /// Lets the request pass; the short name of its key, "" when no keys are configured.
    ///
    /// @throws FailureException with a {@link Failure.Unauthorized}
    public String check(Headers headers) {
        if (keys.isEmpty()) {
            return "";
        }
        String bearer = bearer(headers.first(HeaderNames.AUTHORIZATION).orElse(null));
        String apiKey = headers.first(X_API_KEY).orElse(null);
        if (bearer == null && apiKey == null) {
            throw new FailureException(
                    new Failure.Unauthorized(
                            "An API key is needed: send it as 'Authorization: Bearer KEY' or as"
                                    + " 'x-api-key: KEY'."));
        }
        String owner = owner(bearer, apiKey);
        if (owner == null) {
            throw new FailureException(new Failure.Unauthorized("The API key is not known here."));
        }
        return owner;
    }

    /// Whether the request shows one of the keys.
    boolean knows(Headers headers) {
        String bearer = bearer(headers.first(HeaderNames.AUTHORIZATION).orElse(null));
        return owner(bearer, headers.first(X_API_KEY).orElse(null)) != null;
    }

    /// The short name of the first of the two that is known; both are always looked at.
    private @Nullable String owner(@Nullable String bearer, @Nullable String apiKey) {
        String byBearer = nameOfKnown(bearer);
        String byApiKey = nameOfKnown(apiKey);
        return byBearer == null ? byApiKey : byBearer;
    }

    private static @Nullable String bearer(@Nullable String header) {
        if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return null;
        }
        return header.substring(BEARER.length()).strip();
    }

    /// Takes as long whichever key it is, and however much of it is right.
    private @Nullable String nameOfKnown(@Nullable String shown) {
        byte[] given = utf8(shown == null ? "" : shown);
        String name = null;
        for (int i = 0; i < keys.size(); i++) {
            if (MessageDigest.isEqual(keys.get(i), given)) {
                name = names.get(i);
            }
        }
        return shown == null ? null : name;
    }

    private static String nameOf(String secret) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(utf8("cortex " + secret));
            return "key-" + HexFormat.of().formatHex(digest, 0, NAME_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

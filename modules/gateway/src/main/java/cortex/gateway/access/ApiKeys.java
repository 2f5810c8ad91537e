package cortex.gateway.access;

import cortex.core.config.Secret;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who may use the API: anybody when no keys are configured, else whoever shows one of them as a
/// Bearer token or as `x-api-key`. One valid key of the two is enough. A key's owner is known by
/// the key's short name.
public final class ApiKeys {
    private static final HeaderName X_API_KEY = HeaderNames.create("x-api-key");
    private static final String BEARER = "bearer ";

    private final List<byte[]> keys;
    private final List<String> names;

    /// Knows the configured keys, by these names.
    public ApiKeys(List<Secret> keys, KeyNames names) {
        this.keys = keys.stream().map(key -> utf8(key.reveal())).toList();
        this.names = keys.stream().map(key -> names.of(key.reveal())).toList();
    }

    /// Lets the request pass; the short name of its key, "" when no keys are configured.
    ///
    /// @throws FailureException with a {@link Failure.Unauthorized}
    public String check(Headers headers) {
        if (keys.isEmpty()) {
            return "";
        }
        if (!shown(headers)) {
            throw new FailureException(
                    new Failure.Unauthorized(
                            "API key required. Send it as 'Authorization: Bearer KEY' or"
                                    + " 'x-api-key: KEY'."));
        }
        String owner = owner(headers);
        if (owner == null) {
            throw new FailureException(
                    new Failure.Unauthorized("Invalid API key. Ask the operator for a key."));
        }
        return owner;
    }

    /// Whether the request shows any key at all.
    public static boolean shown(Headers headers) {
        return headers.contains(X_API_KEY) || bearer(headers) != null;
    }

    /// Whether the request shows one of the keys.
    public boolean knows(Headers headers) {
        return owner(headers) != null;
    }

    /// The short name of the key that the request shows; null when it shows none that is known.
    @Nullable String owner(Headers headers) {
        return owner(bearer(headers), headers.first(X_API_KEY).orElse(null));
    }

    /// The short name of the first of the two that is known; both are always looked at.
    private @Nullable String owner(@Nullable String bearer, @Nullable String apiKey) {
        String byBearer = nameOfKnown(bearer);
        String byApiKey = nameOfKnown(apiKey);
        return byBearer == null ? byApiKey : byBearer;
    }

    private static @Nullable String bearer(Headers headers) {
        String header = headers.first(HeaderNames.AUTHORIZATION).orElse(null);
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

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

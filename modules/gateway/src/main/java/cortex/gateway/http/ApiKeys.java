package cortex.gateway.http;

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
/// Bearer token or as `x-api-key`. One valid key of the two is enough.
public final class ApiKeys {
    private static final HeaderName X_API_KEY = HeaderNames.create("x-api-key");
    private static final String BEARER = "bearer ";

    private final List<byte[]> keys;

    /// Knows the configured keys.
    public ApiKeys(List<Secret> keys) {
        this.keys = keys.stream().map(key -> utf8(key.reveal())).toList();
    }

    /// Lets the request pass.
    ///
    /// @throws FailureException with a {@link Failure.Unauthorized}
    public void check(Headers headers) {
        if (keys.isEmpty()) {
            return;
        }
        String bearer = bearer(headers.first(HeaderNames.AUTHORIZATION).orElse(null));
        String apiKey = headers.first(X_API_KEY).orElse(null);
        if (bearer == null && apiKey == null) {
            throw new FailureException(
                    new Failure.Unauthorized(
                            "An API key is needed: send it as 'Authorization: Bearer KEY' or as"
                                    + " 'x-api-key: KEY'."));
        }
        boolean byBearer = isKnown(bearer);
        boolean byApiKey = isKnown(apiKey);
        if (!byBearer && !byApiKey) {
            throw new FailureException(new Failure.Unauthorized("The API key is not known here."));
        }
    }

    private static @Nullable String bearer(@Nullable String header) {
        if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return null;
        }
        return header.substring(BEARER.length()).strip();
    }

    /// Takes as long whichever key it is, and however much of it is right.
    private boolean isKnown(@Nullable String shown) {
        byte[] given = utf8(shown == null ? "" : shown);
        boolean known = false;
        for (byte[] key : keys) {
            known |= MessageDigest.isEqual(key, given);
        }
        return known && shown != null;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

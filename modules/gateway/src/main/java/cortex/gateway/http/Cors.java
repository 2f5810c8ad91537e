package cortex.gateway.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.http.WritableHeaders;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Which web pages may use the API from a browser: those of the configured origins, and nobody
/// else. Says so on every answer, also on errors and streams, since a browser shows a page nothing
/// of an answer without it. Keys travel in headers that a page has to set itself, so cookies play
/// no part. Which routes are opened is the {@link Route}'s to say; what operators use never is.
public final class Cors {
    private static final String ANY = "*";

    /// For how many seconds a browser may take an answer to `OPTIONS` for granted.
    private static final String REMEMBERED = "600";

    private static final HeaderName ALLOW_ORIGIN = name("access-control-allow-origin");
    private static final HeaderName ALLOW_METHODS = name("access-control-allow-methods");
    private static final HeaderName ALLOW_HEADERS = name("access-control-allow-headers");
    private static final HeaderName EXPOSE_HEADERS = name("access-control-expose-headers");
    private static final HeaderName MAX_AGE = name("access-control-max-age");
    private static final HeaderName ASKED_METHOD = name("access-control-request-method");
    private static final HeaderName ASKED_HEADERS = name("access-control-request-headers");
    private static final String EXPOSED =
            "request-id, x-request-id, retry-after, x-should-retry, x-cortex-token-count";
    private static final String USUAL_HEADERS =
            "authorization, content-type, x-api-key, anthropic-version, anthropic-beta";

    private static final Pattern ORIGIN = Pattern.compile("[!-~]{1,300}");
    private static final Pattern NAMES = Pattern.compile("[!-~ ]{1,4000}");

    private final Set<String> origins;

    /// Opens the API to pages of these origins; `*` is all of them.
    public Cors(List<String> origins) {
        this.origins = Set.copyOf(origins);
    }

    private static HeaderName name(String text) {
        return HeaderNames.create(text);
    }

    /// Puts on what a browser looks for, when the request comes from a page that may ask.
    void onto(Route route, Headers request, WritableHeaders<?> response) {
        if (origins.isEmpty() || !route.opensToPages()) {
            return;
        }
        response.add(HeaderNames.VARY, "Origin");
        String origin = request.first(HeaderNames.ORIGIN).orElse(null);
        if (!allowed(origin)) {
            return;
        }
        response.set(ALLOW_ORIGIN, origin);
        response.set(EXPOSE_HEADERS, EXPOSED);
        if (request.contains(ASKED_METHOD)) {
            String wanted = request.first(ASKED_HEADERS).orElse(USUAL_HEADERS);
            response.set(ALLOW_METHODS, "GET, POST, OPTIONS");
            response.set(ALLOW_HEADERS, NAMES.matcher(wanted).matches() ? wanted : USUAL_HEADERS);
            response.set(MAX_AGE, REMEMBERED);
        }
    }

    /// Whether pages of an origin may use the API.
    public boolean allows(String origin) {
        return allowed(origin);
    }

    private boolean allowed(@Nullable String origin) {
        return origin != null
                && ORIGIN.matcher(origin).matches()
                && (origins.contains(ANY) || origins.contains(origin.toLowerCase(Locale.ROOT)));
    }
}

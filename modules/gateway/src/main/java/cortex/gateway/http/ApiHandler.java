package cortex.gateway.http;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.log.LogLine;
import cortex.core.time.Time;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Every request to the API comes through here: it gets its scope, is matched by path and method,
/// shows its key, and its failure is rendered. Paths are matched by hand, since model ids have
/// slashes in them, wrong methods deserve a 405, and base URLs are entered with and without `/v1`.
public final class ApiHandler implements Handler {
    private static final System.Logger LOG = System.getLogger("cortex.requests");
    private static final int LONGEST_PATH = 200;
    private static final List<String> READING = List.of("GET", "HEAD");
    private static final List<String> POSTING = List.of("POST");
    private static final String MODELS = "/models";
    private static final String ADMIN = "/admin/";
    private static final String ANTHROPIC = "/anthropic";

    private static final Map<String, Endpoint> INFERENCE =
            Stream.of(Endpoint.values())
                    .collect(Collectors.toUnmodifiableMap(Endpoint::path, Function.identity()));

    private final Time time;
    private final Cors cors;
    private final ApiKeys keys;
    private final Inference inference;
    private final ReadOnlyPages pages;
    private final Admin admin;
    private final FailureRenderer failures;

    /// Who may use the API: the keys it takes, and the web pages it is open to.
    public record Access(ApiKeys keys, Cors cors) {}

    /// What answers which kind of request.
    public record Parts(Inference inference, ReadOnlyPages pages, Admin admin) {}

    /// Serves inference and pages to whoever has access; who may do what below `/admin/` is seen to
    /// there.
    public ApiHandler(Time time, Access access, Parts parts, FailureRenderer failures) {
        this.time = time;
        this.keys = access.keys();
        this.cors = access.cors();
        this.inference = parts.inference();
        this.pages = parts.pages();
        this.admin = parts.admin();
        this.failures = failures;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        RequestScope scope = RequestScope.open(request, response, cors, time.nanos());
        try {
            dispatch(scope);
        } catch (CloseConnectionException e) {
            throw e;
        } catch (Exception e) {
            Failure failure = failures.failureOf(e, scope.id());
            tell(scope, failure);
            failures.send(scope, failure);
        }
        closeIfAsked(request, response);
    }

    /// A line for who was turned away; what gets as far as a model has one of its own.
    private static void tell(RequestScope scope, Failure failure) {
        String path = scope.rawPath();
        LogLine.of("refused")
                .with("id", scope.id())
                .with("method", scope.method())
                .with("path", path.substring(0, Math.min(path.length(), LONGEST_PATH)))
                .with("client", scope.by("").client())
                .with("status", failure.status())
                .with("outcome", failure.outcome())
                .log(LOG, System.Logger.Level.INFO);
    }

    /// The library says `Connection: close` and then waits for the client to do it. It writes a
    /// stream's last chunk only when the handler has returned, unless it is told to.
    private static void closeIfAsked(ServerRequest request, ServerResponse response) {
        if (request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)
                || response.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
            if (response instanceof RoutingResponse stream) {
                stream.commit();
            }
            throw new CloseConnectionException("closed as announced");
        }
    }

    private void dispatch(RequestScope scope) {
        String path = normal(scope.rawPath());
        if (scope.method().equals("OPTIONS")) {
            pages.options(scope);
            return;
        }
        switch (path) {
            case "/", "/api/hello" -> reading(scope, pages::welcome);
            case "/health" -> reading(scope, pages::health);
            case "/ready" -> reading(scope, pages::ready);
            default -> {
                if (path.startsWith(ADMIN)) {
                    admin.serve(scope, path);
                } else {
                    withKey(scope.by(keys.check(scope.request().headers())), path);
                }
            }
        }
    }

    private void withKey(RequestScope scope, String path) {
        Endpoint endpoint = INFERENCE.get(path);
        if (endpoint != null) {
            scope.allow(POSTING);
            inference.serve(scope, endpoint);
        } else if (path.equals(MODELS)) {
            reading(scope, pages::models);
        } else if (path.startsWith(MODELS + "/")) {
            String id = decode(path.substring(MODELS.length() + 1));
            reading(scope, s -> pages.model(s, id));
        } else {
            throw new FailureException(new Failure.UnknownPath(scope.method(), scope.rawPath()));
        }
    }

    private interface Page {
        void show(RequestScope scope);
    }

    private static void reading(RequestScope scope, Page page) {
        scope.allow(READING);
        page.show(scope);
    }

    /// Without `/v1` in front (once or twice, as clients put it together), `/anthropic` before that
    /// and a slash at the end.
    private static String normal(String rawPath) {
        boolean named = rawPath.startsWith(ANTHROPIC + "/");
        String path = named ? rawPath.substring(ANTHROPIC.length()) : rawPath;
        for (int i = 0; i < 2 && (path.startsWith("/v1/") || path.equals("/v1")); i++) {
            path = path.substring(3);
        }
        while (path.length() > 1 && path.endsWith("/")) {
            path = path.substring(0, path.length() - 1);
        }
        return path.isEmpty() ? "/" : path;
    }

    private static String decode(String raw) {
        try {
            return URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new FailureException(
                    new Failure.BadRequest("The path is not a valid URL path.", null), e);
        }
    }
}

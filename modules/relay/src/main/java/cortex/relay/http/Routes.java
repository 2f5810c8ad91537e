package cortex.relay.http;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import io.helidon.http.Method;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import java.util.List;
import java.util.Map;

/// Routes that know which methods they take: the library answers a wrong method with 404.
public final class Routes {
    private Routes() {}

    /// Serves `pattern` with one handler for each method, and answers any other method with 405.
    public static void on(
            HttpRouting.Builder routes, String pattern, Map<Method, Handler> handlers) {
        handlers.forEach((method, handler) -> routes.route(method, pattern, handler));
        List<String> allowed = handlers.keySet().stream().map(Method::text).sorted().toList();
        routes.any(
                pattern,
                (request, response) -> {
                    throw new FailureException(
                            new Failure.MethodNotAllowed(
                                    request.prologue().method().text(),
                                    request.prologue().uriPath().path(),
                                    allowed));
                });
    }

    /// Serves GET on `pattern`.
    public static void get(HttpRouting.Builder routes, String pattern, Handler handler) {
        on(routes, pattern, Map.of(Method.GET, handler));
    }
}

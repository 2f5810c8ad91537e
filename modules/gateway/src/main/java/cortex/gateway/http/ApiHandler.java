package cortex.gateway.http;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.log.LogLine;
import cortex.core.time.Time;
import cortex.gateway.access.AdminAccess;
import cortex.gateway.access.ApiKeys;
import cortex.gateway.access.TrustedProxies;
import cortex.relay.http.ClientWatch;
import cortex.relay.http.RefusalLog;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/// Every request to the API comes through here: it gets its route and its scope, shows its key, and
/// its failure is rendered. Who may ask and what for is the {@link Route}'s to say.
public final class ApiHandler implements Handler {
    private static final int LONGEST_PATH = 200;

    private final Time time;
    private final Access access;
    private final ApiKeys keys;
    private final AdminAccess operators;
    private final Inference inference;
    private final ReadOnlyPages pages;
    private final Admin admin;
    private final FailureRenderer failures;
    private final RefusalLog refusals;

    /// Those of a wrong key: whoever guesses keys is not hidden by a crowd that shows none.
    private final RefusalLog wrongKeys;

    /// Who may use the API: the keys it takes, who operates the fleet, the web pages it is open to,
    /// and whose word about a client's address counts.
    public record Access(ApiKeys keys, AdminAccess operators, Cors cors, TrustedProxies proxies) {}

    /// What answers which kind of request.
    public record Parts(Inference inference, ReadOnlyPages pages, Admin admin) {}

    /// Serves whoever has access.
    public ApiHandler(Time time, Access access, Parts parts, FailureRenderer failures) {
        this.time = time;
        this.keys = access.keys();
        this.operators = access.operators();
        this.access = access;
        this.inference = parts.inference();
        this.pages = parts.pages();
        this.admin = parts.admin();
        this.failures = failures;
        this.refusals = new RefusalLog(time);
        this.wrongKeys = new RefusalLog(time);
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        RequestScope scope = RequestScope.open(request, response, access, time.nanos());
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

    /// Writes a line for who was turned away; what gets as far as a model has one of its own.
    private void tell(RequestScope scope, Failure failure) {
        String path = scope.rawPath();
        LogLine line =
                RefusalLog.line()
                        .with("id", scope.id())
                        .with("method", scope.method())
                        .with("path", path.substring(0, Math.min(path.length(), LONGEST_PATH)))
                        .with("client", scope.client())
                        .with("status", failure.status())
                        .with("outcome", failure.outcome())
                        .with(
                                "error",
                                failure.status() == 400 ? FailureWords.forTheLog(failure) : null);
        boolean byKey =
                (failure.status() == 401 || failure.status() == 403)
                        && ApiKeys.shown(scope.request().headers());
        RefusalLog log = byKey ? wrongKeys : refusals;
        log.write(scope.client() + " " + failure.outcome(), line);
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
        Route route = scope.route();
        if (scope.method().equals("OPTIONS")) {
            pages.options(scope);
            return;
        }
        RequestScope let = let(scope, route.access());
        tellConnection(scope, route.access());
        if (route instanceof Route.Unknown) {
            throw new FailureException(new Failure.UnknownPath(scope.method(), scope.rawPath()));
        }
        let.allow(route.methods());
        switch (route) {
            case Route.Inference(Endpoint endpoint) -> inference.serve(let, endpoint);
            case Route.Models _ -> pages.models(let);
            case Route.Model model -> pages.model(let, id(model));
            case Route.Admin call -> admin.serve(let, call);
            case Route.Page page -> show(let, page);
            case Route.Unknown _ -> throw new IllegalStateException("refused before");
        }
    }

    /// Whoever may, and is known by name from here on.
    private RequestScope let(RequestScope scope, Route.Access wanted) {
        return switch (wanted) {
            case PUBLIC -> scope;
            case KEY -> scope.by(keys.check(scope.request().headers()));
            case OPERATOR -> scope.by(operators.check(scope.request().headers()));
        };
    }

    /// A public page is no reason to keep a connection for longer than it takes.
    private void tellConnection(RequestScope scope, Route.Access wanted) {
        Headers headers = scope.request().headers();
        boolean byKey = keys.knows(headers) || operators.knows(headers);
        if (byKey || wanted != Route.Access.PUBLIC) {
            ClientWatch.current().letIn(byKey);
        }
    }

    private void show(RequestScope scope, Route.Page page) {
        switch (page) {
            case WELCOME, HELLO -> pages.welcome(scope);
            case HEALTH -> pages.health(scope);
            case READY -> pages.ready(scope, operators.knows(scope.request().headers()));
        }
    }

    private static String id(Route.Model model) {
        String id = model.id();
        if (id == null) {
            throw new FailureException(
                    new Failure.BadRequest("The path is not a valid URL path.", null));
        }
        return id;
    }
}

package cortex.neuron.api;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.relay.fleetkey.FleetKeys;
import cortex.relay.fleetkey.RequestSigner;
import cortex.relay.guard.BrowserGuard;
import cortex.relay.http.ClientWatch;
import cortex.relay.http.RefusalLog;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.util.List;
import java.util.Map;

/// Who may talk to the neuron: whoever shows one of its keys, and no web page; without keys,
/// everybody who reaches it. All others only learn that it is up. What is answered to whoever shows
/// a key proves that this is the neuron.
public final class Gatekeeper implements Filter {
    private static final HeaderName PROOF = HeaderNames.create(RequestSigner.PROOF);
    private static final List<String> READING = List.of("GET", "HEAD");
    private static final String ENGINES = "/engines/";
    private static final String HEALTH = "/health";

    /// How much of a path tells one refusal from another.
    private static final int MOST_OF_PATH = 100;

    private final FleetKeys keys;
    private final BrowserGuard guard;
    private final RefusalLog log;

    /// Lets in by these keys, and past this guard; who is not let in is told to `log`.
    public Gatekeeper(FleetKeys keys, BrowserGuard guard, RefusalLog log) {
        this.keys = keys;
        this.guard = guard;
        this.log = log;
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        if (keys.isEmpty()) {
            guard.check(request, false);
            ClientWatch.current().letIn(false);
            chain.proceed();
            return;
        }
        String path = request.prologue().uriPath().rawPath();
        FleetKeys.Call call = call(request, path);
        FleetKeys.Shown shown =
                keys.check(request.headers().first(HeaderNames.AUTHORIZATION).orElse(null), call);
        response.beforeSend(() -> prove(shown, response));
        guard.check(request, shown.known());
        String problem = shown.problem();
        if (problem == null) {
            ClientWatch.current().letIn(true);
            if (call.whole()) {
                request.streamFilter(shown::checked);
            }
            chain.proceed();
            return;
        }
        var refused = new Failure.Unauthorized(problem);
        boolean health = path.equals(HEALTH) && call.method().equals("GET");
        boolean nothing = !request.headers().contains(HeaderNames.AUTHORIZATION);
        if (!health || !nothing) {
            String client = request.remotePeer().host();
            String place = path.substring(0, Math.min(path.length(), MOST_OF_PATH));
            log.writeOnce(
                    String.join(" ", client, place, problem), BrowserGuard.line(request, refused));
        }
        if (!shown.known() && health) {
            Replies.json(response, Map.of("status", "ok"));
        } else {
            throw new FailureException(refused);
        }
    }

    /// What goes through the door is streamed, so its body cannot be signed beforehand.
    private static FleetKeys.Call call(RoutingRequest request, String path) {
        String method = request.prologue().method().text();
        String query = request.query().rawValue();
        boolean door = path.startsWith(ENGINES);
        boolean body =
                request.headers().contains(HeaderNames.TRANSFER_ENCODING)
                        || request.headers().contentLength().orElse(0) != 0;
        return new FleetKeys.Call(
                method,
                query.isEmpty() ? path : path + "?" + query,
                door || !READING.contains(method),
                body && !door);
    }

    /// An engine must not speak for the neuron.
    private static void prove(FleetKeys.Shown shown, RoutingResponse response) {
        response.headers().remove(PROOF);
        String proof = shown.proof(response.status().code());
        if (proof != null) {
            response.header(PROOF, proof);
        }
    }
}

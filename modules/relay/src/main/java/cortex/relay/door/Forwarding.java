package cortex.relay.door;

import cortex.relay.http.ContentTypes;
import cortex.relay.http.Headers;
import cortex.relay.http.RequestIds;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.http.ServerResponse;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Carries headers from one hop to the next: all but those that belong to the hop, that are the
/// caller's secrets, or that each hop sets itself.
public final class Forwarding {
    /// What an engine says to browsers is said to nobody: llama-server opens itself to every page
    /// (`Access-Control-Allow-Origin`), and who may read what is not an engine's to say.
    private static final Set<String> FOR_BROWSERS =
            Set.of(
                    "alt-svc",
                    "clear-site-data",
                    "link",
                    "refresh",
                    "service-worker-allowed",
                    "set-cookie",
                    "strict-transport-security",
                    "x-content-type-options");

    private static final String TYPE = "content-type";
    private static final String CORS = "access-control-";

    private Forwarding() {}

    /// Copies a client's headers to a request for an engine.
    ///
    /// @throws IllegalArgumentException when a header cannot be sent on
    public static void request(ServerRequestHeaders from, HttpRequest.Builder to) {
        Set<String> named = connectionNames(from);
        for (Header header : from) {
            String name = header.headerName().lowerCase();
            if (Headers.isHopByHop(name)
                    || Headers.isPrivate(name)
                    || named.contains(name)
                    || name.equals(RequestIds.X_REQUEST_ID.lowerCase())) {
                continue;
            }
            if (header.valueCount() == 1) {
                to.header(header.name(), header.get());
            } else {
                header.allValues().forEach(value -> to.header(header.name(), value));
            }
        }
    }

    /// Copies the headers of an engine's response to a client's, but for what is said to browsers;
    /// its type is one of {@link ContentTypes}.
    public static void response(HttpHeaders from, ServerResponse to) {
        Set<String> named = Headers.namedIn(from.allValues("connection"));
        for (Map.Entry<String, List<String>> header : from.map().entrySet()) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (!Headers.isHopByHop(name)
                    && !named.contains(name)
                    && !FOR_BROWSERS.contains(name)
                    && !name.startsWith(CORS)
                    && !name.equals(TYPE)
                    && !name.equals(RequestIds.X_REQUEST_ID.lowerCase())) {
                to.header(
                        HeaderValues.create(
                                HeaderNames.create(name, header.getKey()), header.getValue()));
            }
        }
        List<String> types = from.allValues(TYPE);
        if (!types.isEmpty()) {
            to.header(HeaderNames.CONTENT_TYPE, ContentTypes.of(types));
        }
    }

    private static Set<String> connectionNames(ServerRequestHeaders from) {
        return from.contains(HeaderNames.CONNECTION)
                ? Headers.namedIn(from.get(HeaderNames.CONNECTION).allValues())
                : Set.of();
    }
}

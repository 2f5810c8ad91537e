package cortex.relay.http;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Which headers belong to one hop only.
public final class Headers {
    private static final Set<String> HOP =
            Set.of(
                    "connection",
                    "keep-alive",
                    "proxy-authenticate",
                    "proxy-authorization",
                    "proxy-connection",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade",
                    "expect",
                    "host",
                    "content-length");

    private static final Set<String> PRIVATE =
            Set.of("authorization", "x-api-key", "cookie", "x-conversation-id");

    private Headers() {}

    /// Whether a header is about this connection and must not be forwarded (RFC 9110 §7.6.1); host
    /// and content-length count too, since the next hop has its own.
    public static boolean isHopByHop(String name) {
        return HOP.contains(name.toLowerCase(Locale.ROOT));
    }

    /// Whether a request's header must not reach an engine: the caller's credentials, and
    /// `X-Conversation-Id`, which makes llama-server go on after the client has left.
    public static boolean isPrivate(String name) {
        return PRIVATE.contains(name.toLowerCase(Locale.ROOT));
    }

    /// The names, in lower case, that the values of a message's Connection headers make hop-by-hop
    /// for that message.
    public static Set<String> namedIn(List<String> connection) {
        if (connection.isEmpty()) {
            return Set.of();
        }
        Set<String> names = new HashSet<>();
        for (String value : connection) {
            for (String name : value.split(",", -1)) {
                names.add(name.strip().toLowerCase(Locale.ROOT));
            }
        }
        return names;
    }
}

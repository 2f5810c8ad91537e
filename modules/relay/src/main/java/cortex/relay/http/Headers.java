package cortex.relay.http;

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

    private Headers() {}

    /// Whether a header is about this connection and must not be forwarded (RFC 9110 §7.6.1); host
    /// and content-length count too, since the next hop has its own.
    public static boolean isHopByHop(String name) {
        return HOP.contains(name.toLowerCase(Locale.ROOT));
    }
}

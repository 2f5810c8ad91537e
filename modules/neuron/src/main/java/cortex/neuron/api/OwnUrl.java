package cortex.neuron.api;

import cortex.core.config.HostPort;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The neuron's own URL in an answer. A neuron cannot know by which of its names and addresses a
/// gateway reaches it, and behind a forwarded port not even its port; the caller's `Host` header
/// says just that. The header decides only what its own sender is told.
final class OwnUrl {
    private static final Pattern HOST =
            Pattern.compile("(?:\\[[0-9A-Fa-f:.]{2,45}]|[A-Za-z0-9._-]{1,253})(?::\\d{1,5})?");

    private OwnUrl() {}

    /// The base URL as the sender of the request would write it, no slash at the end: from its
    /// `Host`, or, when that is missing or strange, from the address its connection came in on.
    static String asSeenBy(ServerRequest request) {
        return of(
                request.isSecure() ? "https://" : "http://",
                request.headers().first(HeaderNames.HOST).orElse(null),
                request.localPeer().address());
    }

    static String of(String scheme, @Nullable String host, SocketAddress local) {
        if (host != null && HOST.matcher(host).matches()) {
            return scheme + host;
        }
        if (local instanceof InetSocketAddress address) {
            InetAddress ip = address.getAddress();
            String text = ip == null ? address.getHostString() : ip.getHostAddress();
            return scheme + new HostPort(text, address.getPort());
        }
        return scheme + "localhost";
    }
}

package cortex.gateway.nodes;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;

/// Makes a URL that a neuron gave usable from here.
final class Endpoints {
    private static final Set<String> ITSELF =
            Set.of("localhost", "0.0.0.0", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]");

    private Endpoints() {}

    /// The neuron's loopback is not ours: such a host is replaced by the neuron's own. A path alone
    /// is taken as one on the neuron. No slash stays at the end, so that appending `/v1/…` makes no
    /// double one.
    ///
    /// @throws IllegalArgumentException when it is not an http URL
    static URI fromHere(URI neuron, String given) {
        URI url = neuron.resolve(URI.create(given.strip()));
        String scheme = url.getScheme();
        String host = url.getHost();
        if (host == null || scheme == null || !scheme.startsWith("http")) {
            throw new IllegalArgumentException("not an http URL");
        }
        String reached = isLoopback(host) ? neuron.getHost() : host;
        String path = url.getPath() == null ? "" : url.getPath();
        int end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        try {
            return new URI(
                    scheme, null, reached, url.getPort(), path.substring(0, end), null, null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("not a usable URL", e);
        }
    }

    private static boolean isLoopback(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        return ITSELF.contains(lower) || lower.startsWith("127.") || lower.endsWith(".localhost");
    }
}

package cortex.gateway.nodes;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Makes a URL that a neuron gave usable from here. A neuron speaks for its own host: it sends
/// clients' prompts to no other, unless the configuration says that its engines may be there.
final class Endpoints {
    private Endpoints() {}

    /// The neuron's loopback is not ours: such a host is replaced by the neuron's own. A path alone
    /// is taken as one on the neuron. No slash stays at the end, so that appending `/v1/…` makes no
    /// double one.
    ///
    /// @throws IllegalArgumentException when it is not an http URL, or its host is neither the
    ///   neuron's nor one of `engineHosts`
    static URI fromHere(URI neuron, String given, List<String> engineHosts) {
        URI url = neuron.resolve(URI.create(given.strip()));
        String scheme = url.getScheme();
        String host = url.getHost();
        if (host == null || !("http".equals(scheme) || "https".equals(scheme))) {
            throw new IllegalArgumentException("not an http URL");
        }
        boolean own = isLoopback(host) || isSame(host, neuron.getHost());
        if (!own && engineHosts.stream().noneMatch(allowed -> isSame(host, allowed))) {
            throw new IllegalArgumentException(
                    "an engine on another host, "
                            + host
                            + "; engine_hosts of its [[neurons]] in cortex.toml allows it");
        }
        String path = url.getPath() == null ? "" : url.getPath();
        int end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        try {
            String reached = own ? neuron.getHost() : host;
            // What ends the TLS before the neuron is not known to it.
            String by = own && url.getPort() == neuron.getPort() ? neuron.getScheme() : scheme;
            return new URI(by, null, reached, url.getPort(), path.substring(0, end), null, null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("not a usable URL", e);
        }
    }

    /// However it is written: by name, in IPv4, in IPv6, or as one mapped into the other.
    private static boolean isLoopback(String host) {
        String name = bare(host);
        InetAddress literal = literal(name);
        return literal == null
                ? name.equals("localhost") || name.endsWith(".localhost")
                : literal.isLoopbackAddress() || literal.isAnyLocalAddress();
    }

    private static boolean isSame(String host, @Nullable String other) {
        if (other == null) {
            return false;
        }
        InetAddress literal = literal(bare(host));
        return literal == null
                ? bare(host).equals(bare(other))
                : literal.equals(literal(bare(other)));
    }

    /// In lower case, without brackets and the dot that ends a whole name.
    private static String bare(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        String name =
                lower.startsWith("[") && lower.endsWith("]")
                        ? lower.substring(1, lower.length() - 1)
                        : lower;
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    private static @Nullable InetAddress literal(String host) {
        try {
            return InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}

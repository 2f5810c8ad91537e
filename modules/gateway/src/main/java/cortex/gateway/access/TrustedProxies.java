package cortex.gateway.access;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import java.net.InetAddress;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Whose word about a client's address counts. A proxy adds at the right of `X-Forwarded-For` whom
/// it was connected to by, so what stands there is believed from the right, as long as it was a
/// trusted proxy that added it; the first address that is none is the client's. Where the header is
/// malformed as far as that, or `Forwarded` (RFC 7239) says otherwise, the client is the peer.
public final class TrustedProxies {
    private static final Pattern V4 =
            Pattern.compile("([0-9]{1,3}(?:\\.[0-9]{1,3}){3})(?::[0-9]{1,5})?");
    private static final Pattern V6 =
            Pattern.compile("\\[([0-9A-Fa-f:.]{2,45})](?::[0-9]{1,5})?|([0-9A-Fa-f:.]{2,45})");

    /// Possessive throughout: what is not a match is known in one pass, however long it is.
    private static final Pattern FOR =
            Pattern.compile(
                    "(?:^|;)\\s*+for\\s*+=\\s*+(?:\"([^\"\\\\]*+)\"|([^;\"\\s]*+))\\s*+(?=;|$)",
                    Pattern.CASE_INSENSITIVE);

    private final List<Network> trusted;

    /// Believes proxies in these networks.
    public TrustedProxies(List<Network> trusted) {
        this.trusted = List.copyOf(trusted);
    }

    /// Whether this is the address of a trusted proxy.
    public boolean trusts(InetAddress address) {
        for (Network network : trusted) {
            if (network.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /// Whose request it is that came from `peer`.
    public InetAddress client(InetAddress peer, Headers headers) {
        if (!trusts(peer)) {
            return peer;
        }
        boolean usual = headers.contains(HeaderNames.X_FORWARDED_FOR);
        boolean standard = headers.contains(HeaderNames.FORWARDED);
        InetAddress byUsual =
                usual ? walk(peer, headers, HeaderNames.X_FORWARDED_FOR, false) : null;
        InetAddress byStandard = standard ? walk(peer, headers, HeaderNames.FORWARDED, true) : null;
        if (usual && standard) {
            return byUsual != null && byUsual.equals(byStandard) ? byUsual : peer;
        }
        InetAddress client = usual ? byUsual : byStandard;
        return client == null ? peer : client;
    }

    /// The rightmost address that is no trusted proxy's, else the leftmost; null when something is
    /// malformed before that.
    private @Nullable InetAddress walk(
            InetAddress peer, Headers headers, HeaderName name, boolean pairs) {
        List<String> lines = headers.get(name).allValues(false);
        InetAddress last = peer;
        for (int i = lines.size() - 1; i >= 0; i--) {
            String line = lines.get(i);
            int end = line.length();
            while (end >= 0) {
                int comma = end == 0 ? -1 : line.lastIndexOf(',', end - 1);
                String hop = line.substring(comma + 1, end).strip();
                InetAddress address = address(pairs ? whom(hop) : hop);
                if (address == null || !trusts(address)) {
                    return address;
                }
                last = address;
                end = comma;
            }
        }
        return last;
    }

    /// The `for=` of one element of `Forwarded`.
    private static String whom(String element) {
        Matcher whom = FOR.matcher(element);
        if (!whom.find()) {
            return "";
        }
        return whom.group(1) == null ? whom.group(2) : whom.group(1);
    }

    /// An address with or without a port; null when it is none. Names are never looked up.
    private static @Nullable InetAddress address(String text) {
        Matcher v4 = V4.matcher(text);
        if (v4.matches()) {
            return Network.literal(v4.group(1));
        }
        Matcher v6 = V6.matcher(text);
        if (!v6.matches()) {
            return null;
        }
        String literal = v6.group(1) == null ? v6.group(2) : v6.group(1);
        return literal.contains(":") ? Network.literal(literal) : null;
    }
}

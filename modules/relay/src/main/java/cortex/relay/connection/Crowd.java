package cortex.relay.connection;

import java.net.InetAddress;
import java.util.function.Predicate;

/// How many clients a server takes at once.
///
/// @param maxConnections open connections, whatever they do
/// @param maxPerClient open connections of one client (an IPv4 address or an IPv6 /64)
/// @param maxHeads bytes of all request heads that have not come to their end
/// @param isMany whether an address speaks for many clients, so that only `maxConnections` counts
///   for it: this machine's own, and those of proxies
public record Crowd(
        int maxConnections, int maxPerClient, int maxHeads, Predicate<InetAddress> isMany) {
    /// A share of the connections that leaves room for others: a quarter, at least one.
    public static int share(int maxConnections) {
        return Math.max(1, maxConnections / 4);
    }
}

package cortex.gateway.fleet.queue;

/// Tells which clients may be one: those of the same /24 of IPv4 or /48 of IPv6, as providers give
/// to one customer (RFC 6177), since whoever has one address there may have many. A client that is
/// known by its key is one by itself.
public final class Networks {
    private static final int V4_PARTS = 3;
    private static final int V6_GROUPS = 3;

    private Networks() {}

    /// Returns the network of a client by its name: an address, a network of 64 bits, or a key's
    /// name.
    public static String of(String client) {
        if (client.indexOf(':') >= 0) {
            return "v6 " + v6(client);
        }
        if (client.isEmpty() || client.charAt(0) < '0' || client.charAt(0) > '9') {
            return client;
        }
        String[] parts = client.split("\\.", -1);
        boolean v4 = parts.length == V4_PARTS + 1;
        for (String part : parts) {
            v4 &= !part.isEmpty() && part.chars().allMatch(c -> c >= '0' && c <= '9');
        }
        return v4 ? client.substring(0, client.lastIndexOf('.')) : client;
    }

    private static String v6(String address) {
        String head = address.split("::", 2)[0];
        String[] groups = head.isEmpty() ? new String[0] : head.split(":", -1);
        StringBuilder first = new StringBuilder();
        for (int i = 0; i < V6_GROUPS; i++) {
            String group = i < groups.length ? groups[i] : "0";
            first.append(group.isEmpty() ? "0" : group).append(':');
        }
        return first.toString();
    }
}

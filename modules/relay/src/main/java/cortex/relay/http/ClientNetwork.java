package cortex.relay.http;

import java.net.Inet6Address;
import java.net.InetAddress;

/// Names whose address it is, for counting what one client does: an IPv4 address is one client, and
/// so is an IPv6 network of 64 bits, since whoever has one address there has all of them (RFC 4291
/// §2.5.1).
public final class ClientNetwork {
    private static final int PREFIX_BYTES = 8;

    private ClientNetwork() {}

    /// The key of an address: `192.0.2.7` as it is, also when it came mapped into IPv6
    /// (`::ffff:192.0.2.7`, RFC 4291 §2.5.5.2), and `2001:db8:0:1::/64` for all of that network.
    /// The text of an IPv6 network is always the same: lower case, no leading zeros.
    public static String of(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (!(address instanceof Inet6Address)) {
            return v4(bytes, 0);
        }
        return isMapped(bytes) ? v4(bytes, 12) : v6(bytes);
    }

    /// Whether the address is this machine's own, mapped into IPv6 or not.
    public static boolean isLoopback(InetAddress address) {
        byte[] bytes = address.getAddress();
        return address.isLoopbackAddress()
                || (bytes.length == 16 && isMapped(bytes) && bytes[12] == 127);
    }

    private static boolean isMapped(byte[] bytes) {
        for (int i = 0; i < 10; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return bytes[10] == (byte) 0xff && bytes[11] == (byte) 0xff;
    }

    private static String v4(byte[] bytes, int at) {
        return (bytes[at] & 0xff)
                + "."
                + (bytes[at + 1] & 0xff)
                + "."
                + (bytes[at + 2] & 0xff)
                + "."
                + (bytes[at + 3] & 0xff);
    }

    /// The four groups of the prefix; the four others are zero, and are what `::` stands for.
    private static String v6(byte[] bytes) {
        StringBuilder text = new StringBuilder(28);
        int last = PREFIX_BYTES;
        while (last > 0 && bytes[last - 1] == 0 && bytes[last - 2] == 0) {
            last -= 2;
        }
        for (int i = 0; i < last; i += 2) {
            int group = ((bytes[i] & 0xff) << 8) | (bytes[i + 1] & 0xff);
            text.append(i == 0 ? "" : ":").append(Integer.toHexString(group));
        }
        return text.append("::/64").toString();
    }
}

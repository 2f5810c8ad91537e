package cortex.gateway.media;

import java.net.Inet4Address;
import java.net.InetAddress;

/// Tells addresses of the public internet from all others (IANA's special-purpose registries, RFC
/// 6890). Java makes an IPv4 address of one mapped into IPv6.
public final class PublicAddresses {
    /// First bytes and prefix length of the IPv4 ranges that are not public.
    private static final int[][] FOUR = {
        {0, 0, 0, 8}, {10, 0, 0, 8}, {100, 64, 0, 10}, {127, 0, 0, 8}, {169, 254, 0, 16},
        {172, 16, 0, 12}, {192, 0, 0, 24}, {192, 0, 2, 24}, {192, 88, 99, 24}, {192, 168, 0, 16},
        {198, 18, 0, 15}, {198, 51, 100, 24}, {203, 0, 113, 24}, {224, 0, 0, 3}
    };

    private PublicAddresses() {}

    /// Whether an address is one of them.
    public static boolean isPublic(InetAddress address) {
        byte[] bytes = address.getAddress();
        return address instanceof Inet4Address ? four(bytes) : six(bytes);
    }

    private static boolean four(byte[] bytes) {
        int address = word(bytes, 0) << 16 | word(bytes, 2);
        for (int[] range : FOUR) {
            int first = range[0] << 24 | range[1] << 16 | range[2] << 8;
            if ((address ^ first) >>> (32 - range[3]) == 0) {
                return false;
            }
        }
        return true;
    }

    /// Global unicast, without tunnels into IPv4, documentation and protocols' own.
    private static boolean six(byte[] bytes) {
        int first = word(bytes, 0);
        int second = word(bytes, 2);
        boolean global = first >>> 13 == 1;
        boolean protocols = first == 0x2001 && (second < 0x200 || second == 0xdb8);
        boolean tunnel = first == 0x2002;
        boolean documentation = first == 0x3fff && second < 0x1000;
        return global && !protocols && !tunnel && !documentation;
    }

    private static int word(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
    }
}

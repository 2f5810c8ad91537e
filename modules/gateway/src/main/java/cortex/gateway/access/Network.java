package cortex.gateway.access;

import java.net.InetAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The addresses that begin with the same bits, as CIDR writes them (RFC 4632 §3.1): `10.0.0.0/8`,
/// `fd00::/8`; one address alone is a network of one.
public final class Network {
    private final byte[] address;
    private final int bits;

    private Network(byte[] address, int bits) {
        this.address = address;
        this.bits = bits;
    }

    /// Reads one; null when the text is none, or has bits that the network has not.
    public static @Nullable Network parse(String text) {
        int slash = text.indexOf('/');
        InetAddress literal = literal(slash < 0 ? text : text.substring(0, slash));
        if (literal == null) {
            return null;
        }
        byte[] address = literal.getAddress();
        String length = slash < 0 ? "" + address.length * 8 : text.substring(slash + 1);
        if (!length.matches("[0-9]{1,3}") || Integer.parseInt(length) > address.length * 8) {
            return null;
        }
        Network network = new Network(address, Integer.parseInt(length));
        for (int bit = network.bits; bit < address.length * 8; bit++) {
            if ((address[bit / 8] >> (7 - bit % 8) & 1) != 0) {
                return null;
            }
        }
        return network;
    }

    /// Whether an address is of this network.
    public boolean contains(InetAddress other) {
        byte[] bytes = other.getAddress();
        if (bytes.length != address.length) {
            return false;
        }
        int whole = bits / 8;
        if (!Arrays.equals(bytes, 0, whole, address, 0, whole)) {
            return false;
        }
        int rest = bits % 8;
        return rest == 0 || (bytes[whole] ^ address[whole]) >> (8 - rest) == 0;
    }

    /// An address in its usual form: four decimal numbers, or IPv6; null for anything else, names
    /// included. An IPv4 address mapped into IPv6 is the IPv4 address.
    static @Nullable InetAddress literal(String text) {
        boolean v4 = text.matches("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
        if (!v4 && (text.indexOf(':') < 0 || text.indexOf('%') >= 0)) {
            return null;
        }
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Network network
                && bits == network.bits
                && Arrays.equals(address, network.address);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(address) + bits;
    }

    @Override
    public String toString() {
        try {
            String text = InetAddress.getByAddress(address).getHostAddress();
            return bits == address.length * 8 ? text : text + "/" + bits;
        } catch (java.net.UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }
}

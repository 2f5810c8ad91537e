package cortex.relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientNetworkTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.7, 192.0.2.7",
        "255.255.255.255, 255.255.255.255",
        "::ffff:192.0.2.7, 192.0.2.7",
        "2001:db8:0:1::5, 2001:db8:0:1::/64",
        "2001:DB8:0:1:ffff:ffff:ffff:ffff, 2001:db8:0:1::/64",
        "2001:db8:0:2::5, 2001:db8:0:2::/64",
        "2001:db8::5, 2001:db8::/64",
        "2001:0:0:1::5, 2001:0:0:1::/64",
        "fe80::1, fe80::/64",
        "::1, ::/64",
        "::, ::/64"
    })
    void isAnIpv4AddressOrAnIpv6Network(String address, String key) throws Exception {
        assertThat(ClientNetwork.of(InetAddress.getByName(address))).isEqualTo(key);
    }

    @Test
    void takesAMappedAddressForTheIpv4AddressItIs() throws Exception {
        byte[] mapped = new byte[16];
        mapped[10] = -1;
        mapped[11] = -1;
        mapped[12] = 127;
        mapped[15] = 1;
        InetAddress address = Inet6Address.getByAddress("mapped", mapped, 0);
        assertThat(address).isInstanceOf(Inet6Address.class);
        assertThat(ClientNetwork.of(address)).isEqualTo("127.0.0.1");
        assertThat(ClientNetwork.isLoopback(address)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, true",
        "127.9.9.9, true",
        "::1, true",
        "192.0.2.7, false",
        "2001:db8::1, false",
        "::2, false"
    })
    void knowsThisMachinesOwnAddresses(String address, boolean own) throws Exception {
        assertThat(ClientNetwork.isLoopback(InetAddress.getByName(address))).isEqualTo(own);
    }
}

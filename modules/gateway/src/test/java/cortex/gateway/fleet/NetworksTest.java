package cortex.gateway.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.gateway.fleet.queue.Networks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworksTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.7, 192.0.2.250, true",
        "192.0.2.7, 192.0.3.7, false",
        "2001:db8:0:1::/64, 2001:db8:0:2::/64, true",
        "2001:db8::/64, 2001:db8:0:ffff::/64, true",
        "2001:db8:1::/64, 2001:db8:2::/64, false",
        "key-12ab34cd, key-12ab34ce, false",
        "key-12ab34cd, key-12ab34cd, true",
        "a.b.c.d, a.b.c.e, false",
        "::/64, 0:0:0:5::/64, true",
    })
    void neighboursMayBeOne(String one, String other, boolean same) {
        assertThat(Networks.of(one).equals(Networks.of(other))).isEqualTo(same);
    }
}

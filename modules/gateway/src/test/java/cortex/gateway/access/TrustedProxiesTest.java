package cortex.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.helidon.http.HeaderNames;
import io.helidon.http.WritableHeaders;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Whose word counts.
class TrustedProxiesTest {
    private final TrustedProxies proxies =
            new TrustedProxies(
                    Stream.of("10.0.0.0/8", "127.0.0.1", "fd00::/8", "::1")
                            .map(text -> Objects.requireNonNull(Network.parse(text)))
                            .toList());

    private String client(String peer, List<String> usual, List<String> standard) {
        WritableHeaders<?> headers = WritableHeaders.create();
        usual.forEach(value -> headers.add(HeaderNames.X_FORWARDED_FOR, value));
        standard.forEach(value -> headers.add(HeaderNames.FORWARDED, value));
        return proxies.client(InetAddress.ofLiteral(peer), headers).getHostAddress();
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.7, 192.0.2.7",
        "'6.6.6.6, 192.0.2.7', 192.0.2.7",
        "'127.0.0.1, 192.0.2.7', 192.0.2.7",
        "'6.6.6.6, 192.0.2.7, 10.1.2.3', 192.0.2.7",
        "'192.0.2.7,10.1.2.3,fd00::1', 192.0.2.7",
        "'10.0.0.1, 10.0.0.2', 10.0.0.1",
        "'nonsense, 192.0.2.7', 192.0.2.7",
        "192.0.2.7:4711, 192.0.2.7",
        "[2001:db8::7]:4711, 2001:db8:0:0:0:0:0:7",
        "[2001:db8::7], 2001:db8:0:0:0:0:0:7",
        "2001:db8::7, 2001:db8:0:0:0:0:0:7",
        "'6.6.6.6, ::ffff:192.0.2.7', 192.0.2.7",
        "'192.0.2.7, ::ffff:10.0.0.1', 192.0.2.7"
    })
    void theRightmostThatIsNoProxyIsTheClient(String header, String client) {
        assertThat(client("127.0.0.1", List.of(header), List.of())).isEqualTo(client);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",",
                "192.0.2.7,",
                "nonsense",
                "6.6.6.6, unknown",
                "localhost",
                "192.0.2",
                "3221225991",
                "0300.0.2.7",
                "192.0.2.07",
                "192.0.2.7 6.6.6.6",
                "192.0.2.7:",
                "256.1.1.1",
                "fe80::1%eth0",
                "[192.0.2.7]",
                "192.0.2.7;10.0.0.1",
                "for=192.0.2.7",
                "6.6.6.6, 10.0.0.1x",
                "1:2:3",
                "[::1",
                "\"192.0.2.7\""
            })
    void whatIsMalformedIsThePeers(String header) {
        assertThat(client("127.0.0.1", List.of(header), List.of())).isEqualTo("127.0.0.1");
    }

    @Test
    void whoIsNotTrustedSaysNothing() {
        for (String peer : List.of("192.0.2.1", "11.0.0.1", "2001:db8::1", "127.0.0.2")) {
            assertThat(client(peer, List.of("6.6.6.6"), List.of("for=6.6.6.6")))
                    .isEqualTo(InetAddress.ofLiteral(peer).getHostAddress());
        }
        assertThat(client("127.0.0.1", List.of(), List.of())).isEqualTo("127.0.0.1");
        assertThat(new TrustedProxies(List.of()).trusts(InetAddress.ofLiteral("127.0.0.1")))
                .isFalse();
    }

    @Test
    void severalLinesAreOneList() {
        assertThat(client("10.0.0.1", List.of("6.6.6.6", "192.0.2.7, 10.0.0.9"), List.of()))
                .isEqualTo("192.0.2.7");
        assertThat(client("10.0.0.1", List.of("192.0.2.7", "10.0.0.9"), List.of()))
                .isEqualTo("192.0.2.7");
    }

    @ParameterizedTest
    @CsvSource({
        "for=192.0.2.7, 192.0.2.7",
        "'for=6.6.6.6, For=192.0.2.7;proto=https;by=10.0.0.1', 192.0.2.7",
        "'proto=http;for=\"[2001:db8::7]:4711\"', 2001:db8:0:0:0:0:0:7",
        "'for=\"192.0.2.7:80\", for=10.0.0.3', 192.0.2.7",
        "for=unknown, 127.0.0.1",
        "for=_hidden, 127.0.0.1",
        "proto=https, 127.0.0.1",
        "'xfor=192.0.2.7', 127.0.0.1",
        "'for=\"192.0.2.7', 127.0.0.1"
    })
    void theStandardHeaderCountsToo(String header, String client) {
        assertThat(client("127.0.0.1", List.of(), List.of(header))).isEqualTo(client);
    }

    @Test
    void aClientCannotBringTheHeaderThatItsProxyDoesNotSet() {
        assertThat(client("127.0.0.1", List.of("192.0.2.7"), List.of("for=6.6.6.6")))
                .isEqualTo("127.0.0.1");
        assertThat(client("127.0.0.1", List.of("192.0.2.7"), List.of("for=192.0.2.7")))
                .isEqualTo("192.0.2.7");
    }

    @Test
    void networksAreReadStrictly() {
        for (String text :
                List.of(
                        "10.0.0.1/8",
                        "10.0.0.0/33",
                        "10.0.0.0/",
                        "10.0.0.0/-1",
                        "10",
                        "x",
                        "",
                        "::1/129",
                        "fd00::1/8",
                        "10.0.0.0/8/8",
                        "localhost",
                        "010.0.0.0/8")) {
            assertThat(Network.parse(text)).as(text).isNull();
        }
        Network odd = Objects.requireNonNull(Network.parse("192.168.128.0/17"));
        assertThat(odd.contains(InetAddress.ofLiteral("192.168.255.1"))).isTrue();
        assertThat(odd.contains(InetAddress.ofLiteral("192.168.127.1"))).isFalse();
        assertThat(Objects.requireNonNull(Network.parse("0.0.0.0/0")))
                .matches(all -> all.contains(InetAddress.ofLiteral("255.1.2.3")))
                .matches(all -> !all.contains(InetAddress.ofLiteral("::2")))
                .hasToString("0.0.0.0/0");
    }

    /// It is looked at before anybody has shown a key.
    @Test
    void aLongHeaderIsReadInOnePass() {
        for (String hostile :
                List.of(
                        "for=" + " ".repeat(500_000) + "\"x",
                        "for" + " ".repeat(500_000) + "x",
                        ";" + " ".repeat(500_000) + "x",
                        "for=\"" + "x".repeat(500_000),
                        "for=x" + " ".repeat(500_000) + "x",
                        "; for= ".repeat(100_000) + "\"x")) {
            assertTimeoutPreemptively(
                    Duration.ofSeconds(20),
                    () -> client("10.0.0.1", List.of(), List.of(hostile)),
                    () -> hostile.substring(0, 8));
        }
    }
}

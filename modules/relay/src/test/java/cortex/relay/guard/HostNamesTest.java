package cortex.relay.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostNamesTest {
    private final HostNames names =
            HostNames.of(
                    List.of("LLM.example.com", "*.fleet.example"),
                    "gpu1\n",
                    "nameserver 10.0.0.1\nsearch lab.example. corp.example\n");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.0.0.1:8000",
                "192.168.7.255:80",
                "[::1]",
                "[::1]:9090",
                "[fe80::1]:9090",
                "[::ffff:10.0.0.1]",
                "localhost",
                "LOCALHOST:8000",
                "localhost.",
                "app.localhost:3000",
                "gpu1",
                "GPU1:9090",
                "gpu1.local",
                "gpu1.lab.example",
                "gpu1.corp.example:9090",
                "llm.example.com",
                "llm.example.com.:443",
                "a.fleet.example",
                "a.b.fleet.example:80",
            })
    void ownNamesAndAddressesAreKnown(String authority) {
        assertThat(names.knows(authority)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "rebound.evil.example",
                "rebound.evil.example:8000",
                "localhost.evil.example",
                "evillocalhost",
                "127.0.0.1.evil.example",
                "127.0.0.1.nip.io",
                "127.0.0.256",
                "127.0.0.",
                "1.2.3",
                "1.2.3.4.5",
                "2130706433",
                "0x7f.0.0.1",
                "127.0.0.1,evil.example",
                "127.0.0.1:8000:80",
                "127.0.0.1:x",
                "user@127.0.0.1",
                "evil.example/127.0.0.1",
                "[evil.example]",
                "[::1",
                "[::1].evil.example",
                "[]",
                "gpu1.evil.example",
                "gpu2",
                "xllm.example.com",
                "llm.example.com.evil.example",
                "fleet.example",
                ".fleet.example",
                "xfleet.example",
                "*",
            })
    void othersAreNot(String authority) {
        assertThat(names.knows(authority)).isFalse();
    }

    @Test
    void aHostNameThatIsFullIsKnownInFullAndByItsFirstLabel() {
        HostNames full = HostNames.of(List.of(), "gpu1.lab.example", "");
        assertThat(full.knows("gpu1.lab.example")).isTrue();
        assertThat(full.knows("gpu1")).isTrue();
        assertThat(full.knows("lab.example")).isFalse();
    }

    @Test
    void everyNameCanBeAllowed() {
        HostNames any = HostNames.of(List.of("*"), "", "");
        assertThat(any.knows("whatever.example:80")).isTrue();
        assertThat(any.knows("")).isFalse();
        assertThat(HostNames.of(List.of(), "", "").knows("local")).isFalse();
    }

    @Test
    void theMachinesOwnFilesAreRead() {
        assertThat(HostNames.of(List.of()).knows("127.0.0.1")).isTrue();
    }
}

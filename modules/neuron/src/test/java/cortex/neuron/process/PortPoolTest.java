package cortex.neuron.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class PortPoolTest {
    private final PortPool ports = new PortPool();

    @Test
    void reservedUntilReleased() throws Exception {
        int port = ports.reserveAny();

        assertThatThrownBy(() -> ports.reserve(port, port))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no port from " + port);
        ports.release(port);
        assertThat(ports.reserve(port, port)).isEqualTo(port);
    }

    @Test
    void aPortSomebodyListensOnIsNotGivenAndNotKept() throws Exception {
        int port;
        try (ServerSocket everywhere = new ServerSocket(0)) {
            port = everywhere.getLocalPort();
            assertThatThrownBy(() -> ports.reserve(port, port)).isInstanceOf(IOException.class);
        }
        assertThat(ports.reserve(port, port)).isEqualTo(port);
    }

    @Test
    void aClaimedPortIsTaken() throws Exception {
        int port = ports.reserveAny();
        ports.release(port);
        ports.claim(port);

        assertThatThrownBy(() -> ports.reserve(port, port)).isInstanceOf(IOException.class);
    }
}

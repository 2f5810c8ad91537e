package cortex.relay.connection;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.time.SystemTime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ListenerTest {
    private final InetAddress loopback = InetAddress.getLoopbackAddress();
    private final Listener listener = bind();

    private Listener bind() {
        try {
            return Listener.bind(new InetSocketAddress(loopback, 0), new SystemTime());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void handsOverWhatItAccepts() throws Exception {
        LinkedBlockingQueue<SocketChannel> accepted = new LinkedBlockingQueue<>();
        try (listener) {
            listener.start(accepted::add, () -> false);
            try (Socket client = new Socket(loopback, listener.port());
                    SocketChannel there = accepted.take()) {
                assertThat(there.socket().getPort()).isEqualTo(client.getLocalPort());
            }
        }
        assertThat(listener.broken()).isNotDone();
    }

    @Test
    void saysThatItHasEndedThoughNobodyClosedIt() throws Exception {
        listener.start(
                any -> {
                    throw new IllegalStateException("a fault");
                },
                () -> false);
        try (Socket client = new Socket(loopback, listener.port())) {
            assertThat(listener.broken().get(20, TimeUnit.SECONDS))
                    .contains(Integer.toString(listener.port()), "a fault");
            assertThat(client.isConnected()).isTrue();
        }
        listener.close();
    }
}

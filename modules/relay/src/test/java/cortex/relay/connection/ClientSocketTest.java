package cortex.relay.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.helidon.common.buffers.BufferData;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ClientSocketTest {
    @Test
    @SuppressWarnings("removal")
    void readsAsTheLibraryWouldToTheEnd() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            try (SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
                ClientSocket socket =
                        Objects.requireNonNull(ClientSocket.of(server.accept(), null));
                client.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
                assertThat(socket.get()).containsExactly(1, 2, 3);
                client.write(ByteBuffer.wrap(new byte[] {4, 5}));
                BufferData buffer = BufferData.growing(8);
                assertThat(socket.read(buffer)).isEqualTo(2);
                assertThat(buffer.readBytes()).containsExactly(4, 5);
                AtomicInteger told = new AtomicInteger();
                socket.beforeWriting(told::incrementAndGet);
                socket.write(BufferData.create(new byte[] {6}));
                assertThat(told).as("before it may have to wait").hasValue(1);
                client.shutdownOutput();
                assertThat(socket.get()).isNull();
                assertThat(socket.read(buffer)).isEqualTo(-1);
                socket.close();
            }
        }
    }
}

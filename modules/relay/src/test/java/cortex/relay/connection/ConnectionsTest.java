package cortex.relay.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.time.SystemTime;
import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Who leaves, and in which order, decided on real sockets that nobody reads.
class ConnectionsTest {
    private static final Crowd FOUR = new Crowd(4, 2, 10_000, any -> false);

    private final Connections crowd =
            new Connections("test", FOUR, Patience.usual(), new SystemTime());
    private final AcceptedSockets sockets = new AcceptedSockets();

    @AfterEach
    void close() throws IOException {
        sockets.close();
    }

    private @Nullable Connection admit(@Nullable String client) {
        return crowd.admit(sockets.accept(), client);
    }

    private Connection admitted() {
        return Objects.requireNonNull(admit(null));
    }

    private static boolean isOpen(Connection connection) {
        return connection.socket().isConnected();
    }

    @Test
    void theLongestWaitingLeavesFirst() {
        Connection first = admitted();
        Connection second = admitted();
        Connection third = admitted();
        Connection fourth = admitted();
        assertThat(first.requestBegins()).isTrue();
        assertThat(first.requestEnds()).isTrue();
        admitted();
        assertThat(isOpen(second)).isFalse();
        admitted();
        assertThat(isOpen(third)).isFalse();
        assertThat(isOpen(first) && isOpen(fourth)).isTrue();
        assertThat(crowd.size()).isEqualTo(4);
    }

    @Test
    void oneWithARequestStaysAndTheNewcomerDoesNotGetIn() {
        for (int i = 0; i < 4; i++) {
            assertThat(admitted().requestBegins()).isTrue();
        }
        assertThat(admit(null)).isNull();
    }

    @Test
    void oneThatLeftHasNoRequestAnyMore() {
        Connection first = admitted();
        for (int i = 0; i < 4; i++) {
            admitted();
        }
        assertThat(first.requestBegins()).isFalse();
    }

    @Test
    void aClientWithItsShareMakesRoomForItself() {
        Connection other = Objects.requireNonNull(admit("other"));
        Connection first = Objects.requireNonNull(admit("me"));
        Connection second = Objects.requireNonNull(admit("me"));
        assertThat(admit("me")).isNotNull();
        assertThat(isOpen(first)).isFalse();
        assertThat(isOpen(second) && isOpen(other)).isTrue();
        crowd.remove(second);
        assertThat(admit("me")).isNotNull();
        assertThat(crowd.size()).isEqualTo(3);
    }

    @Test
    void aFailedAcceptMakesRoomWhileSomebodyWaits() {
        Connection busy = admitted();
        assertThat(busy.requestBegins()).isTrue();
        assertThat(crowd.makeRoom()).isFalse();
        Connection waits = admitted();
        assertThat(crowd.makeRoom()).isTrue();
        assertThat(isOpen(waits)).isFalse();
        assertThat(isOpen(busy)).isTrue();
    }

    @Test
    void theOldestUnfinishedHeadsLeaveWhenAllAreTooLarge() {
        List<Connection> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Connection connection = admitted();
            all.add(connection);
            assertThat(input(connection).take(ByteBuffer.wrap(head(3000)))).isEmpty();
        }
        assertThat(isOpen(all.get(0))).isFalse();
        assertThat(all.stream().filter(ConnectionsTest::isOpen)).hasSize(3);
    }

    @Test
    void oneHeadThatIsTooLargeForAllLeavesItself() {
        Connection connection = admitted();
        RequestInput input = input(connection);
        assertThatThrownBy(() -> input.take(ByteBuffer.wrap(head(11_000))))
                .isInstanceOf(CloseConnectionException.class);
    }

    @Test
    void aFinishedHeadIsNotCountedAnyMore() {
        for (int i = 0; i < 20; i++) {
            Connection connection = admitted();
            RequestInput input = input(connection);
            input.take(ByteBuffer.wrap(head(3000)));
            assertThat(input.take(ByteBuffer.wrap("\r\n\r\n".getBytes(StandardCharsets.US_ASCII))))
                    .hasSize(head(3000).length + 4);
            crowd.remove(connection);
        }
        assertThat(crowd.size()).isZero();
    }

    @Test
    void aDrainClosesThoseThatWaitAndCutsTheOthersAfterTheGrace() {
        Connection waits = admitted();
        Connection busy = admitted();
        assertThat(busy.requestBegins()).isTrue();
        crowd.remove(waits);
        crowd.remove(busy);
        Connection late = admitted();
        crowd.drain(Duration.ZERO);
        assertThat(isOpen(late)).isFalse();
        assertThat(admit(null)).isNull();
    }

    private RequestInput input(Connection connection) {
        return new RequestInput(connection, crowd, new HeadLimits(1000, 20_000, 100), 1000);
    }

    private static byte[] head(int bytes) {
        return ("GET / HTTP/1.1\r\nX: " + "a".repeat(bytes)).getBytes(StandardCharsets.US_ASCII);
    }
}

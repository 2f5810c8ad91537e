package cortex.relay.connection;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.relay.http.HandClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A crowd that shows no key keeps out nobody who does, and no newcomer, whatever it sends or
/// reads.
class StrangersTest {
    private static final int MOST = 8;
    private static final Duration A_WHILE = Duration.ofMillis(150);

    private final HandClock clock = new HandClock(0);
    private final Connections crowd =
            new Connections(
                    "test", new Crowd(MOST, MOST, 10_000, any -> true), Patience.usual(), clock);
    private final AcceptedSockets sockets = new AcceptedSockets();

    @AfterEach
    void close() throws IOException {
        sockets.close();
    }

    private @Nullable Connection admit() {
        return crowd.admit(sockets.accept(), null);
    }

    private Connection admitted() {
        return Objects.requireNonNull(admit());
    }

    private static boolean isOpen(Connection connection) {
        return connection.socket().isConnected();
    }

    private Connection known() {
        Connection known = admitted();
        serve(known, true, 200);
        return known;
    }

    private static void serve(Connection connection, boolean byKey, int status) {
        assertThat(connection.requestBegins()).isTrue();
        connection.letIn(byKey);
        connection.answers(status);
        connection.answered();
        assertThat(connection.requestEnds()).isTrue();
    }

    /// Told 401 while the rest of its body is awaited.
    private Connection refused() {
        Connection connection = admitted();
        assertThat(connection.requestBegins()).isTrue();
        connection.answers(401);
        connection.answered();
        connection.bodyAwaited();
        return connection;
    }

    private void sleep(Duration span) {
        clock.sleep(span);
    }

    @Test
    void aKnownConnectionAtRestStaysWhileRefusedOnesCome() {
        Connection known = known();
        sleep(Duration.ofMinutes(1));
        for (int i = 0; i < 10 * MOST; i++) {
            refused();
            sleep(Duration.ofMillis(i % 3));
        }
        assertThat(isOpen(known)).isTrue();
        serve(known, true, 429);
        refused();
        assertThat(isOpen(known)).as("an answer that is none of the key's fault").isTrue();
    }

    @Test
    void aKnownConnectionStaysWhileRequestsThatAreNotLetInYetCome() {
        Connection known = known();
        sleep(A_WHILE);
        for (int i = 0; i < 3 * MOST; i++) {
            assertThat(admitted().requestBegins()).isTrue();
        }
        assertThat(isOpen(known)).isTrue();
    }

    @Test
    void aKeyCountsForTheLastRequestOnly() {
        Connection once = known();
        assertThat(once.requestBegins()).isTrue();
        once.answers(401);
        assertThat(once.requestEnds()).isTrue();
        sleep(A_WHILE);
        for (int i = 0; i < MOST; i++) {
            known();
        }
        assertThat(isOpen(once)).isFalse();
    }

    /// One that has only just come outlives those that were refused, however they drip.
    @Test
    void aByteNowAndThenKeepsNoPlace() {
        List<Connection> dripping = new ArrayList<>();
        for (int i = 1; i < MOST; i++) {
            dripping.add(refused());
        }
        for (int i = 0; i < 20; i++) {
            sleep(Duration.ofMillis(70));
            for (Connection one : dripping) {
                one.bodyCame(1);
                one.bodyAwaited();
            }
        }
        Connection newcomer = admitted();
        for (int i = 1; i < MOST; i++) {
            sleep(Duration.ofMillis(70));
            assertThat(admit()).isNotNull();
        }
        assertThat(dripping.stream().filter(StrangersTest::isOpen)).isEmpty();
        assertThat(isOpen(newcomer)).isTrue();
    }

    /// Without keys as with them: a body that drips is measured by what came of it.
    @Test
    void aBodyThatDripsGivesWayAndOneThatFlowsDoesNot() {
        List<Connection> uploads = new ArrayList<>();
        for (int i = 0; i < MOST; i++) {
            uploads.add(admitted());
            assertThat(uploads.get(i).requestBegins()).isTrue();
            uploads.get(i).letIn(false);
            uploads.get(i).bodyAwaited();
        }
        for (int round = 0; round < 4; round++) {
            sleep(Duration.ofMillis(70));
            for (int i = 0; i < MOST; i++) {
                uploads.get(i).bodyCame(i == 3 ? 1 : 1 << 14);
                uploads.get(i).bodyAwaited();
            }
        }
        assertThat(admit()).isNotNull();
        assertThat(isOpen(uploads.get(3))).isFalse();
        Connection another = admit();
        assertThat(another).as("in the place of the first newcomer").isNotNull();
        assertThat(uploads.stream().filter(StrangersTest::isOpen)).hasSize(MOST - 1);
    }

    @Test
    void whatARefusedClientDoesNotTakeGivesWayAtOnceAndAStreamMayPause() {
        List<Connection> streams = new ArrayList<>();
        for (int i = 0; i < MOST; i++) {
            Connection connection = admitted();
            streams.add(connection);
            assertThat(connection.requestBegins()).isTrue();
            if (i > 0) {
                connection.letIn(false);
            }
            connection.answers(i > 0 ? 200 : 404);
            connection.writeBegins();
        }
        sleep(Duration.ofSeconds(3));
        Connection newcomer = admitted();
        assertThat(isOpen(streams.getFirst())).isFalse();
        assertThat(newcomer.requestBegins()).isTrue();
        newcomer.letIn(false);
        assertThat(admit()).isNull();
        sleep(Duration.ofSeconds(3));
        assertThat(admit()).as("six seconds are no pause").isNotNull();
    }

    /// A newcomer is a stranger until it has shown its key.
    @Test
    void knownConnectionsAtRestLeaveAQuarterToNewcomers() {
        List<Connection> known = new ArrayList<>();
        for (int i = 0; i < MOST; i++) {
            known.add(known());
        }
        sleep(A_WHILE);
        List<Connection> newcomers = new ArrayList<>();
        for (int i = 0; i < MOST; i++) {
            newcomers.add(admitted());
            sleep(Duration.ofMillis(21));
        }
        assertThat(known.stream().filter(StrangersTest::isOpen)).hasSize(MOST - MOST / 4);
        assertThat(newcomers.stream().filter(StrangersTest::isOpen))
                .containsExactlyElementsOf(newcomers.subList(MOST - MOST / 4, MOST));
    }

    @Test
    void aDrainDoesNotWaitForRefusedClients() throws InterruptedException {
        List<Connection> held = new ArrayList<>();
        for (int i = 0; i < MOST; i++) {
            held.add(refused());
        }
        sleep(A_WHILE);
        Thread ends =
                Thread.ofVirtual()
                        .start(() -> {
                            for (Connection one : held) {
                                while (isOpen(one)) {
                                    Thread.onSpinWait();
                                }
                                crowd.remove(one);
                            }
                        });
        long before = System.nanoTime();
        crowd.drain(Duration.ofSeconds(60));
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(30));
        ends.join();
    }
}

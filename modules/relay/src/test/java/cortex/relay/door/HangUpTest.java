package cortex.relay.door;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.relay.http.RawClient;
import cortex.relay.http.Warnings;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A client that hangs up while the engine is silent: the engine's connection must be closed within
/// 50 ms. On a busy machine one try may be late, so the best of a few counts.
@Timeout(60)
class HangUpTest {
    private static final long MOST_NANOS = Duration.ofMillis(50).toNanos();
    private static final int TRIES = 8;

    @Test
    void isNoticedBeforeTheEnginesHeaders() throws Exception {
        assertThat(bestOf("")).isLessThan(MOST_NANOS);
    }

    @Test
    void isNoticedBetweenTheEnginesHeadersAndItsFirstByte() throws Exception {
        assertThat(bestOf(ScriptedEngine.STREAM)).isLessThan(MOST_NANOS);
    }

    @Test
    void isNoticedInTheMiddleOfAStream() throws Exception {
        assertThat(bestOf(ScriptedEngine.STREAM + ScriptedEngine.chunk("one")))
                .isLessThan(MOST_NANOS);
    }

    @Test
    void isNoticedInTheMiddleOfABodyThatIsNoStream() throws Exception {
        assertThat(bestOf("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbeginning"))
                .isLessThan(MOST_NANOS);
    }

    @Test
    void isNoticedAlsoOnAConnectionThatServedRequestsBefore() throws Exception {
        try (var door = new DoorFixture(Duration.ofSeconds(30));
                RawClient client = door.client()) {
            client.post("/1", "{}");
            var engine = door.engine.next();
            for (int i = 0; i < 5; i++) {
                engine.readRequest();
                engine.send(ScriptedEngine.json("" + i));
                assertThat(client.readResponse()).endsWith("" + i);
                client.post("/next", "{}");
            }
            engine.readRequest();
            client.hangUp();
            engine.awaitClosed();
        }
    }

    private static long bestOf(String answer) throws Exception {
        long best = Long.MAX_VALUE;
        try (var door = new DoorFixture(Duration.ofSeconds(30));
                var warnings = new Warnings()) {
            for (int i = 0; i < TRIES && best >= MOST_NANOS; i++) {
                best = Math.min(best, hangUp(door, answer));
            }
            assertThat(warnings.lines()).isEmpty();
        }
        return best;
    }

    private static long hangUp(DoorFixture door, String answer) throws Exception {
        try (RawClient client = door.client()) {
            client.post("/prefill", "{}");
            var engine = door.engine.next();
            engine.readRequest();
            engine.send(answer);
            if (answer.endsWith("one\r\n")) {
                client.readUntil("one\r\n");
            } else {
                java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
            }
            long left = System.nanoTime();
            client.hangUp();
            engine.awaitClosed();
            return System.nanoTime() - left;
        }
    }
}

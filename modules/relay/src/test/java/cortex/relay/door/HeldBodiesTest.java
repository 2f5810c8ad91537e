package cortex.relay.door;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.relay.http.RawClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What clients announce, or send, costs the door no more memory than it has for them.
@Timeout(60)
class HeldBodiesTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final int ANNOUNCING = 300;

    private static String head(int length) {
        return "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: " + length + "\r\n\r\n";
    }

    private static void awaitFree(DoorFixture door, long bytes) {
        while (door.room.freeBytes() != bytes) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    /// 31 KB of this ended a neuron with a heap of 256 MiB.
    @Test
    void bodiesThatAreAnnouncedAndDoNotComeTakeNoRoom() throws Exception {
        List<RawClient> announcing = new ArrayList<>();
        try (var door = new DoorFixture(LONG)) {
            for (int i = 0; i < ANNOUNCING; i++) {
                RawClient client = door.client();
                announcing.add(client);
                client.send(head(1 << 20));
            }
            try (RawClient other = door.client()) {
                other.post("/other", "{}");
                var engine = door.engine.next();
                assertThat(engine.readRequest()).startsWith("POST /other ").endsWith("{}");
                engine.send(ScriptedEngine.json("1"));
                assertThat(other.readResponse()).endsWith("1");
            }
            assertThat(DoorFixture.ROOM - door.room.freeBytes()).isLessThan(2L << 20);
            for (RawClient client : announcing) {
                client.close();
            }
            awaitFree(door, DoorFixture.ROOM);
        }
    }

    @Test
    void aBodyIsHeldUntilItsAnswerIsOverAndALargeOneOnlyUntilItIsPassedOn() throws Exception {
        try (var door = new DoorFixture(LONG);
                RawClient small = door.client();
                RawClient large = door.client()) {
            small.send(head(60_000) + "x".repeat(60_000));
            var engine = door.engine.next();
            engine.readRequest();
            assertThat(DoorFixture.ROOM - door.room.freeBytes()).isBetween(60_000L, 61_000L);
            engine.send(ScriptedEngine.json("1"));
            small.readResponse();
            awaitFree(door, DoorFixture.ROOM);

            large.send(head(70_000) + "x".repeat(70_000));
            assertThat(engine.readRequest()).endsWith("\r\n\r\n" + "x".repeat(70_000));
            awaitFree(door, DoorFixture.ROOM);
            engine.send(ScriptedEngine.json("2"));
            assertThat(large.readResponse()).endsWith("2");
        }
    }

    @Test
    void withoutRoomBodiesArePassedOnAsTheyCome() throws Exception {
        List<RawClient> waiting = new ArrayList<>();
        try (var door = new DoorFixture(LONG)) {
            String body = "x".repeat(64 << 10);
            List<ScriptedEngine.Connection> engines = new ArrayList<>();
            for (int i = 0; i < 70; i++) {
                RawClient client = door.client();
                waiting.add(client);
                client.send(head(body.length()) + body);
                var engine = door.engine.next();
                engines.add(engine);
                assertThat(engine.readRequest()).endsWith("\r\n\r\n" + body);
            }
            assertThat(door.room.freeBytes()).isLessThanOrEqualTo(64 << 10);
            for (int i = 0; i < waiting.size(); i++) {
                engines.get(i).send(ScriptedEngine.json("1"));
                assertThat(waiting.get(i).readResponse()).endsWith("1");
                waiting.get(i).close();
            }
            awaitFree(door, DoorFixture.ROOM);
        }
    }
}

package cortex.relay.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.relay.http.RawClient;
import cortex.relay.http.Warnings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class UploadTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String MEGABYTES = "0123456789abcdef".repeat(200_000);

    @Test
    void carriesALargeBodyAsItComes() throws Exception {
        try (var door = new DoorFixture(LONG);
                RawClient client = door.client()) {
            Thread sending = Thread.ofVirtual().start(() -> post(client, MEGABYTES));
            var engine = door.engine.next();
            String request = engine.readRequest();
            assertThat(request).endsWith("\r\n\r\n" + MEGABYTES);
            assertThat(request.toLowerCase(Locale.ROOT)).contains("content-length: 3200000\r\n");
            sending.join();
            engine.send(ScriptedEngine.json("1"));
            assertThat(client.readResponse()).endsWith("1");

            client.post("/again", "{}");
            assertThat(engine.readRequest()).startsWith("POST /again ");
        }
    }

    @Test
    void carriesAChunkedBodyOfAnyLength() throws Exception {
        try (var door = new DoorFixture(LONG);
                RawClient client = door.client()) {
            String head = "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
            client.send(head + "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n");
            var engine = door.engine.next();
            assertThat(engine.readRequest()).endsWith("\r\n\r\nabcdef");
            engine.send(ScriptedEngine.json("1"));
            client.readResponse();

            Thread sending =
                    Thread.ofVirtual()
                            .start(() -> send(client, head + "30d400\r\n" + MEGABYTES + "\r\n"));
            engine.readUntil("\r\n\r\n");
            engine.readUntil("cdef");
            sending.join();
            client.send("0\r\n\r\n");
            engine.readUntil("\r\n0\r\n\r\n");
            engine.send(ScriptedEngine.json("2"));
            assertThat(client.readResponse()).endsWith("2");
        }
    }

    @Test
    void aHangUpAfterALargeUploadIsNoticed() throws Exception {
        try (var door = new DoorFixture(LONG);
                RawClient client = door.client()) {
            Thread sending = Thread.ofVirtual().start(() -> post(client, MEGABYTES));
            var engine = door.engine.next();
            engine.readRequest();
            sending.join();
            client.hangUp();
            engine.awaitClosed();
        }
    }

    @Test
    void aClientThatBreaksOffItsUploadEndsTheExchange() throws Exception {
        try (var door = new DoorFixture(LONG);
                var warnings = new Warnings();
                RawClient client = door.client()) {
            client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3200000\r\n\r\n");
            client.send(MEGABYTES.substring(0, 100_000));
            var engine = door.engine.next();
            engine.readUntil("cdef");
            client.hangUp();
            engine.awaitClosed();
            assertThat(warnings.lines()).isEmpty();
        }
    }

    @Test
    void anEngineThatDiesInAnUploadEndsTheConnection() throws Exception {
        try (var door = new DoorFixture(LONG);
                RawClient client = door.client()) {
            client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3200000\r\n\r\n");
            client.send(MEGABYTES.substring(0, 100_000));
            var engine = door.engine.next();
            engine.readUntil("cdef");
            engine.close();
            assertThatThrownBy(() -> sendForever(client)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aTooLargeUploadIsA413() throws Exception {
        try (var door = new DoorFixture(LONG, DoorFixture.settings().withMaxBodyBytes(2_000_000));
                RawClient client = door.client();
                RawClient chunked = door.client()) {
            client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2000001\r\n\r\n");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 413 ");
            chunked.send("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 19; i++) {
                chunked.send("186a0\r\n" + MEGABYTES.substring(0, 100_000) + "\r\n");
            }
            chunked.send("186a0\r\n" + MEGABYTES.substring(0, 100_000) + "\r\n1\r\nx\r\n");
            assertThat(chunked.readResponse()).startsWith("HTTP/1.1 413 ");
        }
    }

    @Test
    void aReaderThatStallsMakesTheEngineStall() throws Exception {
        AtomicLong sent = new AtomicLong();
        try (var door = new DoorFixture(LONG);
                RawClient client = new RawClient(door.server.address(), 4096)) {
            client.post("/s", "{}");
            var engine = door.engine.next();
            engine.readRequest();
            engine.send(ScriptedEngine.STREAM);
            byte[] chunk =
                    ScriptedEngine.chunk("x".repeat(10_000))
                            .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
            Thread flood = Thread.ofVirtual().start(() -> flood(engine, chunk, sent));
            assertThat(settled(sent)).isLessThan(48L << 20);
            client.hangUp();
            engine.awaitClosed();
            flood.join();
        }
    }

    private static void sendForever(RawClient client) throws IOException {
        while (true) {
            client.send(MEGABYTES.substring(0, 20_000));
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static long settled(AtomicLong counter) {
        long last = -1;
        int same = 0;
        while (same < 5) {
            LockSupport.parkNanos(60_000_000);
            long now = counter.get();
            same = now == last && now > 0 ? same + 1 : 0;
            last = now;
        }
        return last;
    }

    private static void flood(ScriptedEngine.Connection engine, byte[] chunk, AtomicLong sent) {
        try {
            while (true) {
                engine.send(chunk);
                sent.addAndGet(chunk.length);
            }
        } catch (IOException e) {
            assertThat(sent.get()).isPositive();
        }
    }

    private static void post(RawClient client, String body) {
        send(
                client,
                "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: "
                        + body.length()
                        + "\r\n\r\n"
                        + body);
    }

    private static void send(RawClient client, String text) {
        try {
            client.send(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

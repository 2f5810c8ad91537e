package cortex.relay.door;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.failure.Failure;
import cortex.relay.http.RawClient;
import cortex.relay.http.Warnings;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DoorTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @Test
    void carriesARequestAsItIsButForTheHopAndTheSecrets() throws Exception {
        try (var door = new DoorFixture(LONG);
                RawClient client = door.client()) {
            client.send(
                    lines(
                            "POST /v1/x%2Fy?a=1&b=%20c HTTP/1.1",
                            "Host: h",
                            "Content-Length: 4",
                            "X-Mine: yes",
                            "X-Hop: no",
                            "Connection: keep-alive, X-Hop",
                            "Authorization: Bearer s3cret",
                            "x-api-key: s3cret",
                            "Cookie: s3cret",
                            "X-Conversation-Id: 9",
                            "X-Request-Id: id-7",
                            "User-Agent: me/1",
                            "TE: trailers",
                            "",
                            "body"));
            var engine = door.engine.next();
            String request = engine.readRequest();
            engine.send(
                    lines(
                            "HTTP/1.1 201 Created",
                            "Content-Type: application/json",
                            "X-Two: 1",
                            "X-Two: 2",
                            "X-Empty: ",
                            "Keep-Alive: timeout=5",
                            "Content-Length: 2",
                            "",
                            "{}"));
            String response = client.readResponse();

            String lower = request.toLowerCase(Locale.ROOT);
            assertThat(request)
                    .startsWith("POST /v1/x%2Fy?a=1&b=%20c HTTP/1.1\r\n")
                    .endsWith("body");
            assertThat(lower)
                    .contains("x-mine: yes\r\n", "user-agent: me/1\r\n", "x-request-id: id-7\r\n")
                    .doesNotContain("s3cret", "x-hop", "x-conversation-id", "\r\nte:", "upgrade");
            assertThat(response).startsWith("HTTP/1.1 201 ").endsWith("\r\n\r\n{}");
            assertThat(response.toLowerCase(Locale.ROOT))
                    .contains("x-two: 1\r\n", "x-two: 2\r\n", "x-request-id: id-7\r\n")
                    .contains("content-length: 2\r\n", "x-empty: \r\n")
                    .doesNotContain("timeout=5", "chunked");
        }
    }

    @Test
    void anEngineSeesItsOwnKeyInsteadOfTheCallers() throws Exception {
        try (var door = new DoorFixture(LONG);
                RawClient client = door.client()) {
            door.engineKey = "its-own";
            client.send(
                    lines("GET /v1/x HTTP/1.1", "Host: h", "Authorization: Bearer s3cret", "", ""));
            var engine = door.engine.next();
            assertThat(engine.readRequest().toLowerCase(Locale.ROOT))
                    .containsOnlyOnce("authorization: bearer its-own\r\n")
                    .doesNotContain("s3cret");
            engine.send(lines("HTTP/1.1 200 OK", "Content-Length: 2", "", "{}"));
            assertThat(client.readResponse()).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void whatAnEngineSaysToBrowsersStaysThere() throws Exception {
        try (var door = new DoorFixture(LONG);
                RawClient client = door.client()) {
            client.send(lines("GET /v1/x HTTP/1.1", "Host: h", "", ""));
            var engine = door.engine.next();
            engine.readRequest();
            engine.send(
                    lines(
                            "HTTP/1.1 200 OK",
                            "Content-Type: text/html; charset=utf-8",
                            "Access-Control-Allow-Origin: https://evil.example",
                            "Access-Control-Allow-Credentials: true",
                            "Set-Cookie: a=b",
                            "Refresh: 0; url=https://evil.example",
                            "X-Content-Type-Options: sniff",
                            "Content-Length: 8",
                            "",
                            "<script>"));
            assertThat(client.readResponse().toLowerCase(Locale.ROOT))
                    .contains("content-type: application/octet-stream\r\n")
                    .contains("x-content-type-options: nosniff\r\n")
                    .doesNotContain("access-control", "cookie", "evil", "sniff\r\nx-content");
        }
    }

    @Test
    void handsOnEachChunkBeforeTheNextOneIsMade() throws Exception {
        try (var door = new DoorFixture(LONG);
                RawClient client = door.client()) {
            client.post("/s", "{}");
            var engine = door.engine.next();
            engine.readRequest();
            engine.send(ScriptedEngine.STREAM);
            for (int i = 0; i < 20; i++) {
                engine.send(ScriptedEngine.chunk("data: " + i + "\n\n"));
                assertThat(client.readUntil("data: " + i + "\n\n\r\n")).doesNotContain("\r\n0\r\n");
            }
            engine.send("0\r\n\r\n");
            assertThat(client.readUntil("0\r\n\r\n")).isEqualTo("0\r\n\r\n");

            client.post("/again", "{}");
            assertThat(engine.readRequest()).startsWith("POST /again ");
            engine.send(ScriptedEngine.json("[1]"));
            assertThat(client.readResponse()).endsWith("[1]");
        }
    }

    /// All streams of one node share a thread of the HTTP client.
    @Test
    void aClientThatDoesNotReadHoldsUpNobodyElse() throws Exception {
        try (var door = new DoorFixture(LONG);
                RawClient stalled = new RawClient(door.server.address(), 4096);
                RawClient other = door.client()) {
            stalled.post("/stalled", "{}");
            var flooding = door.engine.next();
            flooding.readRequest();
            flooding.send(ScriptedEngine.STREAM);
            var sent = new AtomicLong();
            Thread flood = Thread.ofVirtual().start(() -> flood(flooding, sent));
            awaitStill(sent);

            other.post("/other", "{}");
            var engine = door.engine.next();
            engine.readRequest();
            engine.send(ScriptedEngine.STREAM);
            for (int i = 0; i < 50; i++) {
                engine.send(ScriptedEngine.chunk("data: " + i + "\n\n"));
                other.readUntil("data: " + i + "\n\n\r\n");
            }
            flooding.close();
            flood.join();
        }
    }

    private static void flood(ScriptedEngine.Connection engine, AtomicLong sent) {
        String much = ScriptedEngine.chunk("data: " + "x".repeat(60_000) + "\n\n");
        try {
            while (true) {
                engine.send(much);
                sent.addAndGet(much.length());
            }
        } catch (IOException e) {
            sent.set(-1);
        }
    }

    /// Waits until every buffer on the way is full and the sender is stuck.
    private static void awaitStill(AtomicLong sent) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        long before = -1;
        while (sent.get() == 0 || sent.get() != before) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            before = sent.get();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
        }
    }

    @Test
    void anEngineThatDiesInTheMiddleIsNoCleanEnd() throws Exception {
        try (var door = new DoorFixture(LONG);
                var warnings = new Warnings();
                RawClient client = door.client()) {
            client.post("/s", "{}");
            var engine = door.engine.next();
            engine.readRequest();
            engine.send(ScriptedEngine.STREAM + ScriptedEngine.chunk("data: 1\n\n"));
            client.readUntil("data: 1\n\n\r\n");
            engine.close();
            assertThat(client.readToEnd()).isEmpty();
            assertThat(warnings.lines()).isEmpty();
        }
    }

    @Test
    void anEngineThatDiesBeforeItsFirstByteIsA502() throws Exception {
        try (var door = new DoorFixture(LONG);
                RawClient client = door.client()) {
            client.post("/s", "{}");
            var engine = door.engine.next();
            engine.readRequest();
            engine.send(ScriptedEngine.STREAM);
            engine.close();
            String response = client.readResponse();
            assertThat(response).startsWith("HTTP/1.1 502 ").contains("\"error\"", "'m'");
            assertThat(response).doesNotContain("event-stream", "Exception");

            client.post("/s", "{}");
            engine = door.engine.next();
            engine.readRequest();
            engine.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n");
            engine.send("Content-Length: 9\r\n\r\n{\"a\"");
            engine.close();
            assertThat(client.readResponse()).startsWith("HTTP/1.1 502 ");
        }
    }

    @Test
    void aDeathIsToldBeforeTheFirstByteAndInAStreamAfterIt() throws Exception {
        try (var door = new DoorFixture(LONG);
                RawClient client = door.client()) {
            door.died = new Failure.EngineDied("m", "the engine ended (signal 6)", "words", 2);
            client.post("/s", "{}");
            var engine = door.engine.next();
            engine.readRequest();
            engine.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\"");
            engine.close();
            assertThat(client.readResponse())
                    .startsWith("HTTP/1.1 502 ")
                    .contains("\"code\":\"engine_died\"", "\"in_flight\":2");
        }
        try (var door = new DoorFixture(LONG);
                RawClient client = door.client()) {
            door.died = new Failure.EngineDied("m", "the engine ended (signal 6)", "words", 2);
            client.post("/s", "{}");
            var engine = door.engine.next();
            engine.readRequest();
            engine.send(ScriptedEngine.STREAM + ScriptedEngine.chunk("data: 1\n\ndata: {\"c"));
            client.readUntil("{\"c\r\n");
            engine.close();
            assertThat(client.readToEnd())
                    .contains("\n\ndata: {\"error\":", "\"engine_died\"", "words")
                    .doesNotContain("\r\n0\r\n");
        }
    }

    @Test
    void anEngineThatIsNotThereIsA502() throws Exception {
        try (var door = new DoorFixture(LONG);
                RawClient client = door.client()) {
            door.engine.close();
            client.post("/s", "{}");
            assertThat(client.readResponse())
                    .startsWith("HTTP/1.1 502 ")
                    .contains("cannot be connected to", "\"code\":\"engine_gone\"");
        }
    }

    @Test
    void aSilentEngineIsA504AndItsConnectionIsClosed() throws Exception {
        try (var door = new DoorFixture(Duration.ofMillis(200));
                RawClient client = door.client()) {
            client.post("/s", "{}");
            var engine = door.engine.next();
            engine.readRequest();
            assertThat(client.readResponse()).startsWith("HTTP/1.1 504 ");
            engine.awaitClosed();

            client.post("/s", "{}");
            engine = door.engine.next();
            engine.readRequest();
            engine.send(ScriptedEngine.STREAM + ScriptedEngine.chunk("x"));
            client.readUntil("x\r\n");
            assertThat(client.readToEnd()).isEmpty();
            engine.awaitClosed();
        }
    }

    @Test
    void aLongStreamThatKeepsTalkingIsNotCut() throws Exception {
        Duration idle = Duration.ofSeconds(1);
        try (var door = new DoorFixture(idle);
                RawClient client = door.client()) {
            client.post("/s", "{}");
            var engine = door.engine.next();
            engine.readRequest();
            engine.send(ScriptedEngine.STREAM);
            long until = System.nanoTime() + idle.multipliedBy(3).toNanos();
            int i = 0;
            while (System.nanoTime() < until) {
                engine.send(ScriptedEngine.chunk("<" + ++i + ">"));
                client.readUntil("<" + i + ">\r\n");
                java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
            }
            engine.send("0\r\n\r\n");
            assertThat(client.readUntil("0\r\n\r\n")).endsWith("0\r\n\r\n");
        }
    }

    @Test
    void aConnectionThatTheEngineHadClosedCostsNoRequest() throws Exception {
        try (var door = new DoorFixture(LONG);
                RawClient client = door.client()) {
            client.post("/1", "{}");
            var first = door.engine.next();
            first.readRequest();
            first.send(ScriptedEngine.json("1"));
            client.readResponse();

            client.post("/2", "{}");
            assertThat(first.readRequest()).startsWith("POST /2 ");
            first.close();
            var second = door.engine.next();
            assertThat(second.readRequest()).startsWith("POST /2 ").endsWith("{}");
            second.send(ScriptedEngine.json("2"));
            assertThat(client.readResponse()).startsWith("HTTP/1.1 200 ").endsWith("2");
        }
    }

    @Test
    void aRequestThatTheEngineWorkedOnIsNotSentTwice() throws Exception {
        try (var door = new DoorFixture(LONG);
                RawClient client = door.client()) {
            client.post("/1", "{}");
            var first = door.engine.next();
            first.readRequest();
            java.util.concurrent.locks.LockSupport.parkNanos(400_000_000);
            first.close();
            assertThat(client.readResponse()).startsWith("HTTP/1.1 502 ");
            assertThat(door.engine.hasMoreConnections()).isFalse();
        }
    }

    @Test
    void aLargeAnswerComesThroughWithItsLength() throws Exception {
        String large = "x".repeat(3_000_000);
        try (var door = new DoorFixture(LONG);
                RawClient client = door.client()) {
            client.post("/1", "{}");
            var engine = door.engine.next();
            engine.readRequest();
            Thread sending = sending(engine, ScriptedEngine.json(large));
            String head = client.readUntil("\r\n\r\n");
            assertThat(head.toLowerCase(Locale.ROOT))
                    .contains("content-length: 3000000\r\n")
                    .doesNotContain("chunked");
            assertThat(client.readUntil("x".repeat(1_000_000))).hasSize(1_000_000);
            assertThat(client.readUntil("x".repeat(2_000_000))).hasSize(2_000_000);
            sending.join();
        }
    }

    private static String lines(String... lines) {
        return String.join("\r\n", lines);
    }

    private static Thread sending(ScriptedEngine.Connection engine, String text) {
        return Thread.ofVirtual()
                .start(() -> {
                    try {
                        engine.send(text);
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
    }
}

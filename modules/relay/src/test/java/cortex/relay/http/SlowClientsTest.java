package cortex.relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.config.HostPort;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.time.SystemTime;
import cortex.relay.connection.Patience;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SlowClientsTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofMinutes(5);

    private final CountDownLatch cut = new CountDownLatch(1);
    private RunningServer server = start(LONG, LONG, LONG);

    @AfterEach
    void stop() {
        server.close();
    }

    private RunningServer start(Duration idle, Duration slow, Duration stalled) {
        return start(new Patience(idle, slow, Duration.ofHours(1), stalled, 1));
    }

    private RunningServer start(Patience patience) {
        ServerSettings settings =
                ServerSettings.of(new HostPort("127.0.0.1", 0))
                        .withDrainGrace(Duration.ofSeconds(1))
                        .withPatience(patience);
        return HttpServers.start(
                settings,
                ErrorBody.openAi(),
                new SystemTime(),
                routes ->
                        routes.post("/echo", (q, s) -> s.send(q.content().as(byte[].class)))
                                .post("/early", (q, s) -> s.status(401).send("no"))
                                .post("/refused", (_, _) -> refuse())
                                .get("/slow", (q, s) -> s.send(String.valueOf(rest())))
                                .get("/flood", (q, s) -> flood(s.outputStream())));
    }

    private static void refuse() {
        throw new FailureException(new Failure.BadRequest("not so", null));
    }

    private static boolean rest() {
        LockSupport.parkNanos(SHORT.multipliedBy(3).toNanos());
        return true;
    }

    private void flood(OutputStream out) throws java.io.IOException {
        try {
            while (true) {
                out.write(new byte[1 << 16]);
            }
        } finally {
            cut.countDown();
        }
    }

    private void restart(Duration idle, Duration slow, Duration stalled) {
        server.close();
        server = start(idle, slow, stalled);
    }

    @Test
    void closesAConnectionThatSendsItsHeadDropByDrop() throws Exception {
        restart(LONG, SHORT, LONG);
        try (RawClient client = new RawClient(server.address());
                RawClient half = new RawClient(server.address())) {
            half.send("GET /slow HTT");
            Thread dripping =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    client.send("GET /slow HTTP/1.1\r\n");
                                    while (true) {
                                        client.send("X: 1\r\n");
                                        LockSupport.parkNanos(20_000_000);
                                    }
                                } catch (java.io.IOException e) {
                                    assertThat(e).isNotNull();
                                }
                            });
            assertThat(client.readToEnd()).isEmpty();
            assertThat(half.readToEnd()).isEmpty();
            dripping.join();
        }
    }

    @Test
    void closesAConnectionWhoseBodyDoesNotCome() throws Exception {
        restart(LONG, SHORT, LONG);
        try (RawClient client = new RawClient(server.address())) {
            client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    /// Answered already, it is waited for only as long as it takes to see the answer.
    @Test
    void closesAConnectionThatIsAnsweredThoughItsBodyDoesNotCome() throws Exception {
        try (RawClient client = new RawClient(server.address())) {
            client.send("POST /early HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
            assertThat(client.readToEnd()).startsWith("HTTP/1.1 401 ").endsWith("no");
        }
    }

    /// What is announced is done, whether or not the client sends the rest.
    @Test
    void closesAConnectionWhenItSaysSo() throws Exception {
        String head = "POST /refused HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc";
        try (RawClient silent = new RawClient(server.address());
                RawClient sending = new RawClient(server.address())) {
            silent.send(head);
            sending.send(head);
            String refusal = sending.readResponse();
            assertThat(refusal).startsWith("HTTP/1.1 400 ").contains("not so");
            sending.send("defghij");
            boolean announced = refusal.toLowerCase(Locale.ROOT).contains("connection: close");
            if (announced) {
                assertThat(sending.readToEnd()).isEmpty();
            } else {
                sending.get("/slow");
                assertThat(sending.readResponse()).endsWith("true");
            }
            assertThat(silent.readToEnd()).contains("not so");
        }
    }

    /// A connection whose request was answered early, and whose body came, is used again.
    @Test
    void keepsAConnectionThatIsAnsweredEarlyAndSendsItsBody() throws Exception {
        try (RawClient client = new RawClient(server.address())) {
            client.send("POST /early HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
            assertThat(client.readResponse())
                    .doesNotContainIgnoringCase("connection: close")
                    .endsWith("no");
            client.send("defghij");
            client.get("/slow");
            assertThat(client.readResponse()).endsWith("true");
        }
    }

    @Test
    void closesAnIdleConnectionOnlyWhenIdleForLong() throws Exception {
        restart(SHORT, LONG, LONG);
        try (RawClient unused = new RawClient(server.address());
                RawClient used = new RawClient(server.address())) {
            used.get("/slow");
            assertThat(used.readResponse()).endsWith("true");
            used.get("/slow");
            assertThat(used.readResponse()).endsWith("true");
            assertThat(used.readToEnd()).isEmpty();
            assertThat(unused.readToEnd()).isEmpty();
        }
    }

    @Test
    void closesAConnectionThatDoesNotReadItsAnswer() throws Exception {
        restart(LONG, LONG, SHORT);
        try (RawClient client = new RawClient(server.address(), 4096)) {
            client.get("/flood");
            cut.await();
            assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 200 ");
        }
    }

    /// A byte now and then keeps the silence short, and the rate low.
    @Test
    void closesAConnectionWhoseBodyComesByteByByte() throws Exception {
        server.close();
        server = start(new Patience(LONG, SHORT, LONG, LONG, 1 << 10));
        try (RawClient client = new RawClient(server.address())) {
            client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
            drip(client);
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    @Test
    void closesAConnectionWhoseBodyTakesTooLongAsAWhole() throws Exception {
        server.close();
        server = start(new Patience(LONG, LONG, SHORT, LONG, 0));
        try (RawClient client = new RawClient(server.address())) {
            client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
            drip(client);
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    /// The client takes something every now and then, and less than it owes.
    @Test
    void closesAConnectionThatReadsByteByByte() throws Exception {
        server.close();
        server = start(new Patience(LONG, LONG, LONG, SHORT, 1 << 30));
        try (RawClient client = new RawClient(server.address(), 4096)) {
            client.get("/flood");
            Thread.ofVirtual()
                    .start(() -> {
                        try {
                            while (true) {
                                client.readUntil("\0".repeat(1000));
                                LockSupport.parkNanos(20_000_000);
                            }
                        } catch (java.io.IOException e) {
                            assertThat(e).isNotNull();
                        }
                    });
            cut.await();
        }
    }

    private static void drip(RawClient client) {
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        while (true) {
                            client.send("a");
                            LockSupport.parkNanos(20_000_000);
                        }
                    } catch (java.io.IOException e) {
                        assertThat(e).isNotNull();
                    }
                });
    }
}

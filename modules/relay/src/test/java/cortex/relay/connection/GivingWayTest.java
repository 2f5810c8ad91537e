package cortex.relay.connection;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.config.HostPort;
import cortex.core.time.SystemTime;
import cortex.relay.http.ClientNetwork;
import cortex.relay.http.ErrorBody;
import cortex.relay.http.HttpServers;
import cortex.relay.http.RawClient;
import cortex.relay.http.RunningServer;
import cortex.relay.http.ServerSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Who waits gives way to a newcomer; who has a request does not.
@Timeout(60)
class GivingWayTest {
    private static final int MOST = 4;

    private final Semaphore begun = new Semaphore(0);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final List<RawClient> clients = new ArrayList<>();
    private RunningServer server = start(new Crowd(MOST, MOST, 1 << 20, any -> true));

    private RunningServer start(Crowd crowd) {
        ServerSettings settings =
                ServerSettings.of(new HostPort("127.0.0.1", 0))
                        .withDrainGrace(Duration.ZERO)
                        .withCrowd(crowd);
        return HttpServers.start(
                settings,
                ErrorBody.openAi(),
                new SystemTime(),
                routes ->
                        routes.get("/quick", (q, s) -> s.send("quick"))
                                .get("/endless", (_, s) -> endless(s.outputStream()))
                                .post(
                                        "/echo",
                                        (q, s) -> {
                                            begun.release();
                                            s.send(q.content().as(byte[].class));
                                        })
                                .post(
                                        "/early",
                                        (q, s) -> {
                                            begun.release();
                                            s.status(401).send("no");
                                        })
                                .get(
                                        "/slow",
                                        (q, s) -> {
                                            begun.release();
                                            goOn.await();
                                            s.send("slow");
                                        }));
    }

    private void restart(int perClient, int heads, Predicate<InetAddress> isMany) {
        server.close();
        server = start(new Crowd(64, perClient, heads, isMany));
    }

    @AfterEach
    void stop() throws IOException {
        goOn.countDown();
        for (RawClient client : clients) {
            client.close();
        }
        server.close();
    }

    private RawClient client() throws IOException {
        RawClient client = new RawClient(server.address());
        clients.add(client);
        return client;
    }

    /// A client the server knows: it has been answered.
    private RawClient known() throws IOException {
        RawClient client = client();
        answered(client);
        return client;
    }

    private static void answered(RawClient client) throws IOException {
        assertThat(client.get("/quick").readResponse()).startsWith("HTTP/1.1 200 ");
    }

    private RawClient busy() throws Exception {
        RawClient client = client().get("/slow");
        begun.acquire();
        return client;
    }

    @Test
    void idleConnectionsNeverKeepANewcomerOut() throws Exception {
        for (int i = 0; i < 5 * MOST; i++) {
            known();
        }
    }

    @Test
    void anUnfinishedHeadGivesWayAndARequestDoesNot() throws Exception {
        RawClient busy = busy();
        busy();
        busy();
        RawClient half = client().send("GET /quick HTTP/1.1\r\nHost:");
        answered(client());
        assertThat(half.readToEnd()).isEmpty();
        goOn.countDown();
        assertThat(busy.readResponse()).endsWith("slow");
    }

    /// A request whose body does not come takes nobody's place: not the longest silent one's.
    @ParameterizedTest
    @ValueSource(strings = {"/echo", "/early"})
    void aBodyThatDoesNotComeGivesWay(String path) throws Exception {
        RawClient busy = busy();
        for (int i = 1; i < MOST; i++) {
            unfinished(path);
        }
        for (int i = 0; i < 2 * MOST; i++) {
            answersSoon();
        }
        goOn.countDown();
        assertThat(busy.readResponse()).as("it owes nothing").endsWith("slow");
    }

    @Test
    void aClientWithItsShareOfUnfinishedBodiesGivesWayToItself() throws Exception {
        restart(2, 1 << 20, any -> false);
        unfinished("/echo");
        unfinished("/echo");
        answersSoon();
    }

    /// Requests are sent one behind the other, and no answer is read.
    @Test
    void anAnswerThatIsNotReadGivesWay() throws Exception {
        RawClient busy = busy();
        for (int i = 1; i < MOST; i++) {
            RawClient deaf = new RawClient(server.address(), 4096);
            clients.add(deaf);
            deaf.get("/endless");
            begun.acquire();
        }
        answersSoon();
        answersSoon();
        goOn.countDown();
        assertThat(busy.readResponse()).endsWith("slow");
    }

    private void endless(OutputStream out) throws IOException {
        begun.release();
        while (true) {
            out.write(new byte[1 << 16]);
        }
    }

    private void unfinished(String path) throws Exception {
        client().send("POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\na");
        begun.acquire();
    }

    /// Whoever is silent for a moment only is not closed for another's sake.
    private void answersSoon() throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!isAnswered() && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(System.nanoTime()).isLessThan(deadline);
    }

    private boolean isAnswered() {
        try (RawClient newcomer = new RawClient(server.address())) {
            return newcomer.get("/quick").readResponse().startsWith("HTTP/1.1 200 ");
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void whenNobodyWaitsANewcomerHearsThat() throws Exception {
        List<RawClient> busy = new ArrayList<>();
        for (int i = 0; i < MOST; i++) {
            busy.add(busy());
        }
        assertThat(client().readToEnd())
                .startsWith("HTTP/1.1 503 ")
                .contains("Retry-After: 1\r\n", "{\"error\":{\"message\":\"Too many connections");
        goOn.countDown();
        for (RawClient client : busy) {
            assertThat(client.readResponse()).endsWith("slow");
        }
        answered(client());
    }

    @Test
    void aClientWithItsShareGivesWayToItself() throws Exception {
        restart(2, 1 << 20, any -> false);
        RawClient busy = busy();
        RawClient idle = client();
        answered(client());
        assertThat(idle.readToEnd()).isEmpty();
        goOn.countDown();
        assertThat(busy.readResponse()).endsWith("slow");
    }

    @Test
    void aClientWhoseShareIsBusyIsRefused() throws Exception {
        restart(2, 1 << 20, any -> false);
        busy();
        busy();
        assertThat(client().readToEnd()).startsWith("HTTP/1.1 503 ");
    }

    @Test
    void loopbackHasNoShare() throws Exception {
        restart(2, 1 << 20, ClientNetwork::isLoopback);
        RawClient first = known();
        known();
        known();
        answered(first);
    }

    @Test
    void unfinishedHeadsNeverKeepANewcomerOut() throws Exception {
        restart(64, 32 << 10, any -> true);
        for (int i = 0; i < 50; i++) {
            client().send("GET /quick HTTP/1.1\r\nX: " + "a".repeat(i * 100));
        }
        answered(client());
    }
}

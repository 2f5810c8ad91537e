package cortex.relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.config.HostPort;
import cortex.core.time.SystemTime;
import cortex.core.time.Time;
import io.helidon.webserver.http.ServerResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Requests that are sent ahead of the answers before them let others go first; a client that waits
/// for its answers does not.
class SentAheadTest {
    private static final int REQUESTS = 40;

    /// Nothing in a head looks like it.
    private static final String ANSWER = "<hi>";

    /// So many may come at once by chance.
    private static final int BY_CHANCE = 17;

    private final Ticks time = new Ticks();
    private final RunningServer server =
            HttpServers.start(
                    ServerSettings.of(new HostPort("127.0.0.1", 0)),
                    ErrorBody.openAi(),
                    time,
                    routes ->
                            routes.get(
                                            "/known",
                                            (_, response) -> {
                                                ClientWatch.current().letIn(true);
                                                response.send(ANSWER);
                                            })
                                    .get("/stranger", (_, response) -> response.send(ANSWER))
                                    .get("/busy", (_, response) -> busily(response))
                                    .get("/slow", (_, response) -> slowly(response)));

    private final CountDownLatch watched = new CountDownLatch(1);
    private final CountDownLatch answer = new CountDownLatch(1);
    private final CountDownLatch left = new CountDownLatch(1);

    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    /// The first request on each connection is none that was sent ahead.
    private void busily(ServerResponse response) throws InterruptedException {
        boolean first = !ClientWatch.current().connection().isStrangersAgain();
        int now = first ? 0 : busy.incrementAndGet();
        most.accumulateAndGet(now, Math::max);
        new SystemTime().sleep(Duration.ofNanos(100_000));
        if (!first) {
            busy.decrementAndGet();
        }
        response.send(ANSWER);
    }

    private void slowly(ServerResponse response) throws InterruptedException {
        ClientWatch watch = ClientWatch.current();
        watch.letIn(true);
        watch.watch(left::countDown);
        watched.countDown();
        assertThat(answer.await(20, TimeUnit.SECONDS)).isTrue();
        watch.unwatch();
        response.send(ANSWER);
    }

    /// A clock that goes on by a step each time it is looked at, and counts the connections that
    /// wait a millisecond.
    private static final class Ticks implements Time {
        private final AtomicLong nanos = new AtomicLong();
        private final AtomicInteger turns = new AtomicInteger();
        private final CountDownLatch drops = new CountDownLatch(1);
        private volatile long step;

        @Override
        public Instant now() {
            return Instant.EPOCH;
        }

        @Override
        public long nanos() {
            return nanos.addAndGet(step);
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
            boolean connections = Thread.currentThread().getName().equals("client");
            if (connections && duration.equals(Duration.ofMillis(1))) {
                turns.incrementAndGet();
            } else {
                if (Thread.currentThread().getName().equals("client-watch")) {
                    drops.countDown();
                }
                new SystemTime().sleep(duration);
            }
        }
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static String get(String path, int length) {
        String head = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nx: ";
        return head + "x".repeat(length - head.length() - 4) + "\r\n\r\n";
    }

    private void ahead(String path, int length) throws Exception {
        try (RawClient client = new RawClient(server.address())) {
            client.send(get(path, length).repeat(REQUESTS));
            for (int i = 0; i < REQUESTS; i++) {
                client.readUntil(ANSWER);
            }
        }
    }

    private void oneByOne(String path) throws Exception {
        try (RawClient client = new RawClient(server.address())) {
            for (int i = 0; i < REQUESTS; i++) {
                client.send(get(path, 100)).readUntil(ANSWER);
            }
        }
    }

    @Test
    void singleBytesAheadArePutTogether() {
        ReadAhead ahead = new ReadAhead();
        int kept = 0;
        while (!ahead.isFull()) {
            ahead.add(ByteBuffer.wrap(new byte[] {(byte) kept}));
            kept++;
        }
        assertThat(kept).isBetween(12 << 10, 16 << 10);
        int at = 0;
        int portions = 0;
        for (ByteBuffer next = ahead.poll(); next != null; next = ahead.poll()) {
            portions++;
            while (next.hasRemaining()) {
                assertThat(next.get()).isEqualTo((byte) at);
                at++;
            }
        }
        assertThat(at).isEqualTo(kept);
        assertThat(portions).isLessThan(10);
        assertThat(ahead.isFull()).isFalse();
        assertThat(ahead.isEmpty()).isTrue();
    }

    /// It stands in what was read of a body.
    @Test
    void littleThatIsPutBackFillsNothing() {
        ReadAhead ahead = new ReadAhead();
        ahead.addFirst(ByteBuffer.allocate(16 << 10).limit(5));
        assertThat(ahead.isFull()).isFalse();
        ahead.poll();
        while (!ahead.isFull()) {
            ahead.add(ByteBuffer.wrap(new byte[1 << 10]));
        }
        while (ahead.poll() != null) {
            assertThat(ahead.isFull()).isFalse();
        }
        assertThat(ahead.isEmpty()).isTrue();
    }

    @Test
    void whatIsPutBackComesFirst() {
        ReadAhead ahead = new ReadAhead();
        ahead.add(ByteBuffer.wrap(new byte[] {1, 2, 3}));
        ByteBuffer first = Objects.requireNonNull(ahead.poll());
        assertThat(first.get()).isEqualTo((byte) 1);
        ahead.add(ByteBuffer.wrap(new byte[] {4}));
        ahead.addFirst(first);
        assertThat(ahead.poll()).isSameAs(first);
        assertThat(ahead.poll()).isEqualTo(ByteBuffer.wrap(new byte[] {4}));
    }

    /// A client may send its next requests while one runs.
    @Test
    void whatIsSentAheadByteByByteIsServed() throws Exception {
        try (RawClient client = new RawClient(server.address())) {
            client.send(get("/slow", 100));
            assertThat(watched.await(20, TimeUnit.SECONDS)).isTrue();
            String next = get("/known", 1000);
            for (int at = 0; at < next.length(); at++) {
                client.send(next.substring(at, at + 1));
            }
            answer.countDown();
            client.readUntil(ANSWER);
            client.readUntil(ANSWER);
        }
    }

    @Test
    void whoSentMoreAheadThanIsKeptIsSeenToLeave() throws Exception {
        try (RawClient client = new RawClient(server.address())) {
            client.send(get("/slow", 100));
            assertThat(watched.await(20, TimeUnit.SECONDS)).isTrue();
            client.send("G".repeat(40_000));
            assertThat(left.getCount()).isOne();
        }
        assertThat(left.await(20, TimeUnit.SECONDS)).as("seen").isTrue();
        answer.countDown();
    }

    @Test
    void theConnectionEndsWithTheAnswerWhenMoreWasSentAheadThanIsKept() throws Exception {
        try (RawClient client = new RawClient(server.address())) {
            client.send(get("/slow", 100));
            assertThat(watched.await(20, TimeUnit.SECONDS)).isTrue();
            client.send(get("/known", 1000).repeat(100));
            assertThat(time.drops.await(20, TimeUnit.SECONDS)).isTrue();
            answer.countDown();
            client.readUntil(ANSWER);
            assertThat(client.readToEnd()).doesNotContain(ANSWER);
        }
    }

    @Test
    void whatCameWithTheRequestBeforeItWaits() throws Exception {
        time.step = Duration.ofMillis(1).toNanos();
        ahead("/known", 100);
        assertThat(time.turns).hasValueGreaterThan(REQUESTS / 2);
    }

    /// Each is read by itself, and leaves nothing over: it shows only by being there at once.
    @Test
    void oneThatFillsEachReadWaitsToo() throws Exception {
        ahead("/known", 2 << 10);
        assertThat(time.turns).hasValueGreaterThanOrEqualTo(REQUESTS - 1 - BY_CHANCE);
    }

    /// However many connections send ahead, few threads work for them.
    @Test
    void thoseWhoSendAheadTakeTurns() throws Exception {
        time.step = Duration.ofMillis(1).toNanos();
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                clients.add(new RawClient(server.address()));
                clients.getLast().send(get("/busy", 100).repeat(REQUESTS));
            }
            for (RawClient client : clients) {
                for (int i = 0; i < REQUESTS; i++) {
                    client.readUntil(ANSWER);
                }
            }
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
        assertThat(most).hasValueBetween(1, 6);
    }

    @Test
    void aStrangersThatIsThereAtOnceWaits() throws Exception {
        oneByOne("/stranger");
        assertThat(time.turns).hasValueGreaterThanOrEqualTo(REQUESTS - 1);
    }

    @Test
    void aClientThatWaitsForItsAnswersIsNotHeldUp() throws Exception {
        time.step = Duration.ofMillis(1).toNanos();
        oneByOne("/known");
        oneByOne("/stranger");
        assertThat(time.turns).hasValue(0);
    }
}

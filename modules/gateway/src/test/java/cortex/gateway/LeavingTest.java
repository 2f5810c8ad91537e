package cortex.gateway;

import static cortex.gateway.RelayTest.ASK;
import static cortex.gateway.RelayTest.ASK_STREAM;
import static cortex.gateway.RelayTest.DONE;
import static cortex.gateway.RelayTest.HI;
import static cortex.gateway.RelayTest.STOP;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.gateway.config.TimeoutsConfig;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients that leave, and the gateway that leaves.
class LeavingTest {
    private static final long NOTICED_WITHIN_MS = 1000;

    /// The JDK's client closes a connection when its selector looks next: within a second in the
    /// programs, within 3 s where another test of this JVM made the client before it was told so.
    private static final long ENGINE_CLOSED_S = 5;

    /// Nothing of it is the gateway's fault, and no model is known yet.
    @Test
    void whileItStillSends() throws Exception {
        try (Bench bench = new Bench()) {
            for (String head : new String[] {"Content-Length: 99", "Transfer-Encoding: chunked"}) {
                try (RawClient client = new RawClient(bench.port())) {
                    client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n");
                    client.send("Content-Type: application/json\r\n" + head);
                    client.send("\r\n\r\n3f\r\n" + ASK.substring(0, 9));
                }
            }
            String line = "cortex_client_disconnects_total{model=\"other\",node=\"none\"} ";
            awaitMetric(bench, line, "2.0");
            assertThat(bench.metrics()).doesNotContain("\"internal\"");
            assertThat(bench.fleet.asked).hasValue(0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {ASK, ASK_STREAM})
    void inTheQueue(String ask) throws Exception {
        try (Bench bench = new Bench()) {
            bench.fleet.ready = new CountDownLatch(1);
            RawClient client = RawClient.chat(bench.port(), ask);
            Bench.eventually("asked", () -> bench.fleet.asked.get() == 1);
            client.close();
            assertThat(bench.fleet.closedTicket.await(NOTICED_WITHIN_MS, TimeUnit.MILLISECONDS))
                    .isTrue();
            assertThat(bench.fleet.leftQueue).hasValue(1);
            assertThat(bench.engine.requests).isEmpty();
            awaitDisconnects(bench, "none");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {ASK, ASK_STREAM})
    void beforeTheEnginesHeaders(String ask) throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script = (request, wire) -> wire.untilHungUp();
            RawClient client = RawClient.chat(bench.port(), ask);
            Bench.eventually("sent", () -> bench.engine.requests.size() == 1);
            assertNoticed(bench, client);
        }
    }

    @Test
    void inASilentStream() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script =
                    (request, wire) -> {
                        wire.streamHead();
                        wire.chunk(HI);
                        wire.untilHungUp();
                    };
            RawClient client = RawClient.chat(bench.port(), ASK_STREAM);
            client.until("}}]}");
            assertNoticed(bench, client);
        }
    }

    @Test
    void inAStreamThatFlows() throws Exception {
        try (Bench bench = new Bench()) {
            CountDownLatch stopped = new CountDownLatch(1);
            Semaphore chunks = new Semaphore(3);
            bench.engine.script =
                    (request, wire) -> {
                        wire.streamHead();
                        try {
                            while (true) {
                                chunks.acquire();
                                wire.chunk(HI);
                            }
                        } finally {
                            stopped.countDown();
                        }
                    };
            RawClient client = RawClient.chat(bench.port(), ASK_STREAM);
            client.until("}}]}");
            client.close();
            chunks.release(1_000_000);
            assertThat(stopped.await(ENGINE_CLOSED_S, TimeUnit.SECONDS)).isTrue();
            Bench.eventually("lease closed", () -> bench.fleet.openLeases.get() == 0);
            assertThat(bench.fleet.gone).isEmpty();
        }
    }

    @Test
    void withoutHavingReadWhatTheEngineSends() throws Exception {
        try (Bench bench = new Bench()) {
            CountDownLatch stopped = new CountDownLatch(1);
            AtomicLong sent = new AtomicLong();
            bench.engine.script =
                    (request, wire) -> {
                        wire.streamHead();
                        try {
                            while (true) {
                                wire.chunk(HI);
                                sent.incrementAndGet();
                            }
                        } finally {
                            stopped.countDown();
                        }
                    };
            RawClient client = RawClient.chat(bench.port(), ASK_STREAM);
            client.until("}}]}");
            Bench.eventually("the engine stalls", () -> standsStill(sent));
            client.close();
            assertThat(stopped.await(ENGINE_CLOSED_S, TimeUnit.SECONDS)).isTrue();
            Bench.eventually("lease closed", () -> bench.fleet.openLeases.get() == 0);
        }
    }

    @Test
    void withItsWholeAnswerIsNoDisconnect() throws Exception {
        try (Bench bench = new Bench()) {
            bench.engine.script =
                    (request, wire) -> {
                        wire.streamHead();
                        wire.chunk(HI + STOP + DONE);
                        wire.untilHungUp();
                    };
            RawClient client = RawClient.chat(bench.port(), ASK_STREAM);
            client.until("[DONE]");
            client.close();
            String done = "cortex_requests_total{endpoint=\"chat_completions\",model=\"tiny\"";
            awaitMetric(bench, done, "status=\"200\"} 1.0");
            assertThat(bench.metrics())
                    .doesNotContain(
                            "cortex_client_disconnects_total{model=\"tiny\",node=\"beast\"} 1");
            Bench.eventually("lease closed", () -> bench.fleet.openLeases.get() == 0);
        }
    }

    private static void awaitMetric(Bench bench, String begin, String end)
            throws InterruptedException {
        Bench.eventually(
                begin + "… " + end,
                () -> {
                    try {
                        return bench.metrics()
                                .lines()
                                .anyMatch(l -> l.startsWith(begin) && l.endsWith(end));
                    } catch (Exception e) {
                        return false;
                    }
                });
    }

    private static boolean standsStill(AtomicLong count) {
        long before = count.get();
        LockSupport.parkNanos(200_000_000);
        return count.get() == before;
    }

    private static void assertNoticed(Bench bench, RawClient client) throws Exception {
        client.close();
        long closed = System.nanoTime();
        Long noticed = bench.engine.hangUps.poll(5, TimeUnit.SECONDS);
        assertThat(noticed).as("engine's connection closed").isNotNull();
        long took = Objects.requireNonNull(noticed) - closed;
        assertThat(TimeUnit.NANOSECONDS.toMillis(took)).isLessThan(NOTICED_WITHIN_MS);
        Bench.eventually("lease closed", () -> bench.fleet.openLeases.get() == 0);
        assertThat(bench.fleet.gone).isEmpty();
        assertThat(bench.fleet.asked).hasValue(1);
        awaitDisconnects(bench, "beast");
    }

    private static void awaitDisconnects(Bench bench, String node) throws InterruptedException {
        String line = "cortex_client_disconnects_total{model=\"tiny\",node=\"" + node + "\"} 1.0";
        Bench.eventually(
                line,
                () -> {
                    try {
                        return bench.metrics().contains(line);
                    } catch (Exception e) {
                        return false;
                    }
                });
    }

    @Test
    void stoppingLetsRunningStreamsEndAndTakesNoNewOnes() throws Exception {
        try (Bench bench = new Bench()) {
            CountDownLatch finish = new CountDownLatch(1);
            bench.engine.script =
                    (request, wire) -> {
                        wire.streamHead();
                        wire.chunk(HI);
                        finish.await();
                        wire.chunk(STOP + DONE);
                        wire.end();
                    };
            try (RawClient running = RawClient.chat(bench.port(), ASK_STREAM)) {
                running.until("}}]}");
                Thread stop = Thread.ofVirtual().start(bench.gateway::close);
                AtomicReference<HttpResponse<String>> refused = new AtomicReference<>();
                Bench.eventually(
                        "refused",
                        () -> {
                            try {
                                refused.set(bench.get("/ready"));
                                return refused.get().statusCode() == 503;
                            } catch (Exception e) {
                                return false;
                            }
                        });
                HttpResponse<String> late = bench.post("/v1/chat/completions", ASK);
                assertThat(late.statusCode()).isEqualTo(503);
                assertThat(late.body()).contains("shutting_down");
                assertThat(late.headers().firstValue("retry-after")).isPresent();
                assertThat(late.headers().firstValue("connection")).hasValue("close");
                finish.countDown();
                assertThat(running.until("\r\n0\r\n\r\n")).contains("[DONE]");
                assertThat(stop.join(Duration.ofSeconds(5))).isTrue();
            }
        }
    }

    @Test
    void stoppingEndsWhatDoesNotEnd() throws Exception {
        var hasty =
                new TimeoutsConfig(
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(2),
                        Duration.ofMillis(200));
        try (Bench bench = new Bench(hasty)) {
            bench.engine.script =
                    (request, wire) -> {
                        wire.streamHead();
                        wire.chunk(HI);
                        wire.untilHungUp();
                    };
            try (RawClient running = RawClient.chat(bench.port(), ASK_STREAM)) {
                running.until("}}]}");
                Thread stop = Thread.ofVirtual().start(bench.gateway::close);
                assertThat(running.rest()).contains("shutting_down").doesNotContain("\r\n0\r\n");
                bench.engine.awaitHangUp();
                assertThat(stop.join(Duration.ofSeconds(5))).isTrue();
            }
        }
    }
}

package cortex.relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.config.HostPort;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.time.SystemTime;
import cortex.relay.connection.Connection;
import io.helidon.http.Method;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HttpServersTest {
    private static final ServerSettings SETTINGS =
            ServerSettings.of(new HostPort("127.0.0.1", 0))
                    .withMaxBodyBytes(100_000)
                    .withDrainGrace(Duration.ofSeconds(20));

    private final CountDownLatch streaming = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final AtomicInteger left = new AtomicInteger();
    private final Warnings warnings = new Warnings();
    private final RunningServer server =
            HttpServers.start(SETTINGS, ErrorBody.openAi(), new SystemTime(), this::routes);

    private void routes(HttpRouting.Builder routes) {
        routes.addFilter((chain, request, _) -> {
            if (request.query().contains("guarded")) {
                throw new FailureException(new Failure.Forbidden("Not you."));
            }
            chain.proceed();
        });
        post(routes, "/echo", (q, s) -> s.send(q.content().as(byte[].class)));
        post(routes, "/tidy", HttpServersTest::tidyEcho);
        post(routes, "/watched", this::watched);
        Routes.get(routes, "/id", (q, s) -> s.send(RequestIds.current()));
        Routes.get(routes, "/stream", this::stream);
        Routes.get(
                routes,
                "/bug",
                (q, s) -> {
                    throw new IllegalStateException("s3cret");
                });
        Routes.get(
                routes,
                "/full",
                (q, s) -> {
                    throw new FailureException(
                            new Failure.Overloaded("full", Duration.ofSeconds(7)));
                });
    }

    private static void post(HttpRouting.Builder routes, String pattern, Handler handler) {
        Routes.on(routes, pattern, Map.of(Method.POST, handler));
    }

    private void watched(ServerRequest request, ServerResponse response) {
        byte[] body = request.content().as(byte[].class);
        ClientWatch watch = ClientWatch.current();
        watch.watch(left::incrementAndGet);
        response.send(body);
        watch.unwatch();
    }

    private static void tidyEcho(ServerRequest request, ServerResponse response)
            throws IOException {
        try (InputStream in = request.content().inputStream()) {
            response.send(in.readAllBytes());
        }
    }

    private void stream(ServerRequest request, ServerResponse response)
            throws IOException, InterruptedException {
        OutputStream out = response.outputStream();
        out.write("first".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        out.flush();
        streaming.countDown();
        goOn.await();
        out.write("last".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        out.close();
    }

    @AfterEach
    void stop() {
        goOn.countDown();
        server.close();
        warnings.close();
    }

    @Test
    void servesManyRequestsOnAWatchedConnection() throws Exception {
        try (RawClient client = new RawClient(server.address())) {
            for (int i = 0; i < 50; i++) {
                client.post("/watched", "body " + i);
                assertThat(client.readResponse()).endsWith("\r\n\r\nbody " + i);
            }
            assertThat(left).hasValue(0);
        }
    }

    @Test
    void servesPipelinedRequestsInOrderOnAWatchedConnection() throws Exception {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 30; i++) {
            all.append("POST /watched HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n")
                    .append(10 + i);
        }
        try (RawClient client = new RawClient(server.address())) {
            client.send(all.substring(0, 700)).send(all.substring(700));
            for (int i = 0; i < 30; i++) {
                assertThat(client.readResponse()).endsWith("\r\n\r\n" + (10 + i));
            }
        }
    }

    @Test
    void aStrangerIsRefusedTwentyTimesInARowAndNotAgain() throws Exception {
        try (RawClient client = new RawClient(server.address())) {
            client.get("/id");
            client.readResponse();
            client.send("GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n".repeat(500));
            String all = client.readToEnd();
            assertThat(all.split("HTTP/1.1 404 ", -1)).hasSize(1 + Connection.MOST_REFUSALS);
            assertThat(all.split("(?i)connection: close", -1)).hasSize(2);
        }
    }

    /// As a neuron's gatekeeper and the guard against web pages do.
    @Test
    void aStrangerThatAFilterRefusesIsNotRefusedForEver() throws Exception {
        try (RawClient client = new RawClient(server.address())) {
            client.send("GET /id?guarded HTTP/1.1\r\nHost: h\r\n\r\n".repeat(500));
            String all = client.readToEnd();
            assertThat(all.split("HTTP/1.1 403 ", -1)).hasSize(1 + Connection.MOST_REFUSALS);
        }
    }

    @Test
    void aStrangerWhoseBodiesAreNotReadIsNotRefusedForEver() throws Exception {
        String post = "POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
        try (RawClient client = new RawClient(server.address())) {
            client.send(post.repeat(500));
            String all = client.readToEnd();
            assertThat(all.split("HTTP/1.1 404 ", -1)).hasSize(1 + Connection.MOST_REFUSALS);
            assertThat(all).doesNotContain("HTTP/1.1 400 ");
        }
    }

    /// As many connections as there are cores would do, if their threads never waited.
    @Test
    void requestsSentAheadKeepNobodyWaiting() throws Exception {
        List<RawClient> flood = new ArrayList<>();
        List<Thread> writers = new ArrayList<>();
        byte[] many =
                "GET /id HTTP/1.1\r\nHost: h\r\n\r\n"
                        .repeat(2_000)
                        .getBytes(StandardCharsets.US_ASCII);
        try {
            for (int i = 0; i < 4; i++) {
                RawClient client = new RawClient(server.address());
                flood.add(client);
                writers.add(Thread.ofPlatform().daemon().start(() -> sendForEver(client, many)));
                writers.add(Thread.ofPlatform().daemon().start(() -> readForEver(client)));
            }
            long longest = 0;
            for (int i = 0; i < 40; i++) {
                long began = System.nanoTime();
                try (RawClient client = new RawClient(server.address())) {
                    client.get("/id");
                    client.readResponse();
                }
                longest = Math.max(longest, System.nanoTime() - began);
            }
            assertThat(Duration.ofNanos(longest)).isLessThan(Duration.ofMillis(700));
        } finally {
            for (RawClient client : flood) {
                client.close();
            }
            for (Thread writer : writers) {
                writer.join();
            }
        }
    }

    private static void sendForEver(RawClient client, byte[] many) {
        try {
            while (true) {
                client.send(many);
            }
        } catch (IOException e) {
            assertThat(e).isInstanceOf(SocketException.class);
        }
    }

    private static void readForEver(RawClient client) {
        try {
            client.readToEnd();
        } catch (IOException e) {
            assertThat(e).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void refusalsBetweenOtherAnswersEndNothing() throws Exception {
        String two = "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\nGET /id HTTP/1.1\r\nHost: h\r\n\r\n";
        try (RawClient client = new RawClient(server.address())) {
            client.send(two.repeat(2 * Connection.MOST_REFUSALS));
            for (int i = 0; i < 2 * Connection.MOST_REFUSALS; i++) {
                assertThat(client.readResponse()).startsWith("HTTP/1.1 404");
                assertThat(client.readResponse()).startsWith("HTTP/1.1 200");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    garbage garbage garbage\\r\\n\\r\\n                        | 400
                    \\0\\1\\2\\r\\n\\r\\n                            | 400
                    G}T /id HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n                 | 400
                    GET / HTTP/1.0\\r\\n\\r\\n                                 | 505
                    GET /id HTTP/1.1\\r\\n\\r\\n                               | 400
                    GET /id HTTP/1.1\\r\\nHost: h\\r\\nno colon\\r\\n\\r\\n        | 400
                    GET /%zz HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n                   | 400
                    POST /echo HTTP/1.1\\r\\nHost: h\\r\\nContent-Length: x\\r\\n\\r\\n              | 400
                    POST /echo HTTP/1.1\\r\\nHost: h\\r\\nContent-Length: -1\\r\\n\\r\\n             | 400
                    POST /echo HTTP/1.1\\r\\nHost: h\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nzz\\r\\n  | 400
                    POST /echo HTTP/1.1\\r\\nHost: h\\r\\nTransfer-Encoding: gzip, chunked\\r\\n\\r\\n | 501
                    POST /echo HTTP/1.1\\r\\nHost: h\\r\\nContent-Length: 100001\\r\\n\\r\\n         | 413
                    GET /nowhere HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n               | 404
                    GET /echo HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n                  | 405
                    GET /full HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n                  | 429
                    """)
    void answersWhatItCannotServeInJson(String request, int status) throws Exception {
        try (RawClient client = new RawClient(server.address())) {
            client.send(request.translateEscapes());
            String response = client.readResponse();
            assertThat(response)
                    .startsWith("HTTP/1.1 " + status + " ")
                    .contains("{\"error\":{\"message\":\"")
                    .doesNotContain("Exception", "io.helidon");
            assertThat(response.toLowerCase(Locale.ROOT))
                    .contains("x-request-id: req_", "content-type: application/json");
        }
        assertThat(warnings.lines()).isEmpty();
    }

    @Test
    void saysWhichMethodsAPathTakesAndWhenToComeBack() throws Exception {
        try (RawClient client = new RawClient(server.address())) {
            assertThat(client.get("/echo").readResponse()).contains("Allow: POST\r\n");
            assertThat(client.get("/full").readResponse()).contains("Retry-After: 7\r\n");
        }
    }

    @Test
    void refusesLongUrlsLargeHeadersAndLongChunkedBodies() throws Exception {
        try (RawClient client = new RawClient(server.address())) {
            client.get("/" + "a".repeat(9000));
            assertThat(client.readResponse()).startsWith("HTTP/1.1 414 ");
        }
        try (RawClient client = new RawClient(server.address())) {
            client.send("GET /id HTTP/1.1\r\nHost: h\r\nX: " + "a".repeat(40_000) + "\r\n\r\n");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 431 Request Header Fields");
        }
        try (RawClient client = new RawClient(server.address())) {
            client.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
            client.send("186a1\r\n");
            assertThat(client.readResponse()).startsWith("HTTP/1.1 413 ");
        }
        assertThat(warnings.lines()).isEmpty();
    }

    /// Nobody can tell where the next request begins: what follows is not taken for one.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "zz\r\nabc\r\n0\r\n\r\n",
                "FFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n",
                "-1\r\nabc\r\n0\r\n\r\n",
                "\r\nabc\r\n0\r\n\r\n",
                "3\nabc\r\n0\r\n\r\n",
                "3\rabc\r\n0\r\n\r\n",
                "3;a=b\r\nabc\r\n0\r\n\r\n",
                "3\r\nabc\r\n0\r\nX: y\r\n\r\n",
                "7FFFFFFF\r\nabc\r\n0\r\n\r\n"
            })
    void readsNothingBehindABodyThatIsNoValidHttp(String body) throws Exception {
        for (String path : new String[] {"/echo", "/tidy"}) {
            try (RawClient client = new RawClient(server.address())) {
                client.send("POST " + path + " HTTP/1.1\r\nHost: h\r\n");
                client.send("Transfer-Encoding: chunked\r\n\r\n" + body);
                client.send("GET /id HTTP/1.1\r\nHost: h\r\n\r\n");
                client.shutdownOutput();
                String answers = client.readToEnd();
                assertThat(answers)
                        .startsWith(body.startsWith("7FF") ? "HTTP/1.1 413 " : "HTTP/1.1 400 ")
                        .containsOnlyOnce("HTTP/1.1 ")
                        .containsIgnoringCase("connection: close")
                        .containsPattern("\"message\":\"[A-Z][^\"]+\\.\"");
            }
        }
        assertThat(warnings.lines()).isEmpty();
    }

    /// Also one whose answer is made of an exception.
    @ParameterizedTest
    @ValueSource(strings = {"/id", "/full", "/bug", "/nowhere"})
    void closesAfterAnAnswerThatAnnouncesIt(String path) throws Exception {
        try (RawClient client = new RawClient(server.address())) {
            client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            assertThat(client.readToEnd())
                    .startsWith("HTTP/1.1 ")
                    .containsIgnoringCase("connection: close");
        }
    }

    @Test
    void logsNothingAboutClientsThatBreakOff() throws Exception {
        String head = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n";
        String chunked = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (String said : new String[] {"", "GET /i", head, head + "abc", chunked + "5\r\nab"}) {
            try (RawClient client = new RawClient(server.address())) {
                client.send(said).shutdownOutput();
                assertThat(client.readToEnd()).isEmpty();
            }
        }
        assertThat(warnings.lines()).isEmpty();
    }

    @Test
    void aFaultOfItsOwnIsLoggedButNotTold() throws Exception {
        try (RawClient client = new RawClient(server.address())) {
            String response = client.get("/bug").readResponse();
            assertThat(response).startsWith("HTTP/1.1 500 ").doesNotContain("s3cret");
            assertThat(client.get("/id").readResponse()).startsWith("HTTP/1.1 200 ");
        }
        assertThat(warnings.lines()).hasSize(1).first().asString().contains("request req_");
    }

    @Test
    void takesASaneRequestIdAndMakesOneOtherwise() throws Exception {
        try (RawClient client = new RawClient(server.address())) {
            client.send("GET /id HTTP/1.1\r\nHost: h\r\nX-Request-Id: a-b_c.1:2\r\n\r\n");
            String response = client.readResponse();
            assertThat(response).endsWith("\r\n\r\na-b_c.1:2");
            assertThat(response.toLowerCase(Locale.ROOT)).contains("x-request-id: a-b_c.1:2\r\n");
            client.send("GET /id HTTP/1.1\r\nHost: h\r\nX-Request-Id: a b<script>\r\n\r\n");
            assertThat(client.readResponse()).containsPattern("\r\n\r\nreq_[0-9a-f]{16}$");
            client.send("GET /id HTTP/1.1\r\nHost: h\r\nX-Request-Id: " + "a".repeat(65));
            client.send("\r\n\r\n");
            assertThat(client.readResponse()).containsPattern("\r\n\r\nreq_[0-9a-f]{16}$");
        }
    }

    @Test
    void namesTheAddressItCannotHave() {
        assertThatThrownBy(() ->
                        HttpServers.start(
                                ServerSettings.of(server.address()),
                                ErrorBody.openAi(),
                                new SystemTime(),
                                routes -> {}))
                .isInstanceOf(BindException.class)
                .hasMessageContaining("cannot listen on " + server.address())
                .hasMessageContaining("already taken");
    }

    @Test
    void aStopLetsARunningStreamEndAndClosesIdleConnections() throws Exception {
        try (RawClient stream = new RawClient(server.address());
                RawClient idle = new RawClient(server.address());
                RawClient watched = new RawClient(server.address())) {
            stream.get("/stream");
            stream.readUntil("first");
            idle.get("/id");
            idle.readResponse();
            watched.post("/watched", "x");
            watched.readResponse();
            streaming.await();

            Thread stopping = Thread.ofVirtual().start(server::close);
            assertThat(idle.readToEnd()).isEmpty();
            assertThat(watched.readToEnd()).isEmpty();
            assertThat(refusesSoon()).isTrue();
            assertThat(stopping.isAlive()).isTrue();

            goOn.countDown();
            assertThat(stream.readUntil("0\r\n\r\n")).contains("last");
            assertThat(stopping.join(Duration.ofSeconds(15))).isTrue();
        }
    }

    /// The system still takes connections for the moment in which the listener's thread lets go of
    /// its socket; they are closed unanswered.
    private boolean refusesSoon() throws IOException {
        long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        while (System.nanoTime() < deadline) {
            try (RawClient late = new RawClient(server.address())) {
                late.get("/id");
                assertThat(late.readToEnd()).isEmpty();
            } catch (ConnectException e) {
                return true;
            } catch (SocketException e) {
                assertThat(e).hasMessageContaining("reset");
            }
        }
        return false;
    }
}

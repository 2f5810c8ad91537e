package cortex.relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.config.HostPort;
import cortex.core.time.SystemTime;
import io.helidon.http.Method;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import java.net.SocketException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Requests with bytes changed, lost and put in, always the same ones: none of them is a fault of
/// the server, and none gets a word into its log. `-Dcortex.fuzz=N` sends more.
@Timeout(600)
class MutatedRequestsTest {
    private static final int MUTANTS = Integer.getInteger("cortex.fuzz", 600);
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");

    private static final List<String> EXPECTED =
            List.of("100", "200", "400", "404", "405", "413", "414", "431", "501", "505");

    private static final List<String> REQUESTS =
            List.of(
                    lines("POST /echo HTTP/1.1", "Host: h", "Content-Length: 6", "", "{\"a\":1"),
                    lines("POST /echo HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "", "")
                            + lines("3", "abc", "2", "de", "0", "", ""),
                    lines(
                            "GET /id?a=b&c=%20d HTTP/1.1",
                            "Host: [::1]:80", "X-Request-Id: a", "", ""),
                    lines(
                            "GET /id HTTP/1.1",
                            "Host: h:80",
                            "Accept: */*",
                            "Connection: close",
                            "",
                            ""),
                    lines("POST /echo HTTP/1.1", "Host: h", "Content-Encoding: gzip", "")
                            + lines("Expect: 100-continue", "Content-Length: 3", "", "abc"));

    private static String lines(String... lines) {
        return String.join("\r\n", lines);
    }

    private static final List<String> PIECES =
            List.of(
                    "\r\n",
                    "\n",
                    "\r",
                    ":",
                    " ",
                    "\t",
                    "%",
                    "%00",
                    "%ff",
                    "\u0000",
                    "\u00ff",
                    "\"",
                    ",",
                    ";",
                    "chunked",
                    "Content-Length: 0\r\n",
                    "Transfer-Encoding: chunked\r\n",
                    "Transfer-Encoding: gzip, chunked\r\n",
                    "Host: y\r\n",
                    "Upgrade: h2c\r\n",
                    "HTTP/1.0",
                    "/",
                    "?",
                    "#",
                    "99999999999",
                    "-1",
                    "0",
                    "x: \u0001\r\n");

    private final Random random = new Random(11);
    private final Warnings warnings = new Warnings();
    private final RunningServer server =
            HttpServers.start(
                    ServerSettings.of(new HostPort("127.0.0.1", 0)).withMaxBodyBytes(100_000),
                    ErrorBody.openAi(),
                    new SystemTime(),
                    MutatedRequestsTest::routes);

    private static void routes(HttpRouting.Builder routes) {
        post(routes, "/echo", (q, s) -> s.send(q.content().inputStream().readAllBytes()));
        Routes.get(routes, "/id", (q, s) -> s.send(RequestIds.current()));
    }

    private static void post(HttpRouting.Builder routes, String pattern, Handler handler) {
        Routes.on(routes, pattern, Map.of(Method.POST, handler));
    }

    @AfterEach
    void stop() {
        server.close();
        warnings.close();
    }

    @Test
    void areNoFaultOfTheServer() throws Exception {
        for (int i = 0; i < MUTANTS; i++) {
            String mutant = mutant();
            try (RawClient client = new RawClient(server.address())) {
                client.send(mutant).shutdownOutput();
                Matcher status = STATUS.matcher(client.readToEnd());
                while (status.find()) {
                    assertThat(status.group(1)).as(mutant).isIn(EXPECTED);
                }
            } catch (SocketException e) {
                assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe|not connected).*");
            }
            assertThat(warnings.lines()).as(mutant).isEmpty();
        }
        try (RawClient client = new RawClient(server.address())) {
            assertThat(client.get("/id").readResponse()).startsWith("HTTP/1.1 200 ");
        }
    }

    /// Each is answered or closed at once, and costs neither a thread nor a line in the log.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    \\26\\3\\1\\2\\0\\1\\0\\1\\374\\3\\3                         | 400
                    PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n                | 400
                    \\0\\0\\0\\0                                          | 400
                    \\r\\nGET /id HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n          | 400
                    GET http://h/id HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n       | ...
                    OPTIONS * HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n             | 4..
                    GET /id HTTP/1.1\\nHost: h\\n\\n                     | 400
                    GET /id HTTP/1.1\\r\\nHost: h\\r\\nHost: h\\r\\n\\r\\n   | 400
                    GET /id HTTP/1.1\\r\\nHost: h\\r\\nUpgrade: h2c\\r\\nConnection: upgrade\\r\\n\\r\\n | 200
                    """)
    void oddBeginningsAreAnsweredAtOnce(String sent, String status) throws Exception {
        try (RawClient client = new RawClient(server.address())) {
            client.send(sent.translateEscapes());
            assertThat(client.readUntil("\r\n")).matches("HTTP/1.1 " + status + " .*\r\n");
        }
        assertThat(warnings.lines()).isEmpty();
    }

    @Test
    void anEndlessHeadIsAnsweredWithoutItsEnd() throws Exception {
        for (String line :
                List.of("X: " + "a".repeat(1000) + "\r\n", "X:\r\n", "X-A" + "a".repeat(99))) {
            try (RawClient client = new RawClient(server.address())) {
                client.send(
                        "GET /id HTTP/1.1\r\nHost: h\r\n" + line.repeat(20_000 / line.length()));
                assertThat(client.readResponse()).startsWith("HTTP/1.1 431 ");
            }
        }
        assertThat(warnings.lines()).isEmpty();
    }

    @Test
    void aFloodOfPipelinedRequestsIsAnsweredInOrder() throws Exception {
        try (RawClient client = new RawClient(server.address())) {
            Thread sending =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    for (int i = 0; i < 20; i++) {
                                        client.send(
                                                "GET /id HTTP/1.1\r\nHost: h\r\n\r\n".repeat(100));
                                    }
                                } catch (java.io.IOException e) {
                                    throw new java.io.UncheckedIOException(e);
                                }
                            });
            for (int i = 0; i < 2000; i++) {
                assertThat(client.readResponse()).startsWith("HTTP/1.1 200 ");
            }
            sending.join();
        }
    }

    @Test
    void aBodyOfChunksOfOneByteAndOneLargeChunkArriveWhole() throws Exception {
        for (String body :
                List.of("1\r\na\r\n".repeat(50_000), "c350\r\n" + "a".repeat(50_000) + "\r\n")) {
            try (RawClient client = new RawClient(server.address())) {
                client.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
                client.send(body + "0\r\n\r\nGET /id HTTP/1.1\r\nHost: h\r\n\r\n");
                assertThat(client.readResponse()).endsWith("a".repeat(50_000));
                assertThat(client.readResponse()).startsWith("HTTP/1.1 200 ");
            }
        }
    }

    private String mutant() {
        StringBuilder request = new StringBuilder(pick(REQUESTS));
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            int at = random.nextInt(request.length());
            switch (random.nextInt(4)) {
                case 0 -> request.insert(at, pick(PIECES));
                case 1 -> request.delete(at, at + random.nextInt(1, 8));
                case 2 -> request.setCharAt(at, (char) random.nextInt(256));
                default -> request.insert(request.indexOf("\n") + 1, pick(PIECES));
            }
        }
        return request.toString();
    }

    private String pick(List<String> from) {
        return from.get(random.nextInt(from.size()));
    }
}

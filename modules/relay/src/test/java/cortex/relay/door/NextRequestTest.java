package cortex.relay.door;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.config.HostPort;
import cortex.core.time.SystemTime;
import cortex.relay.http.ClientWatch;
import cortex.relay.http.ErrorBody;
import cortex.relay.http.HttpServers;
import cortex.relay.http.RunningServer;
import cortex.relay.http.ServerSettings;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A client has its whole answer and sends its next request, a large one, while the thread of the
/// first is still at its end: nothing of that was sent ahead, and it is answered.
@Timeout(60)
class NextRequestTest {
    private static final int ROUNDS = 40;
    private static final int BODY = 64 << 10;
    private static final byte[] ANSWER = "<hi>".getBytes(StandardCharsets.UTF_8);

    /// Whoever has sent its next request meets the thread of the one before here.
    private final SynchronousQueue<String> sent = new SynchronousQueue<>();

    private final RunningServer server =
            HttpServers.start(
                    ServerSettings.of(new HostPort("127.0.0.1", 0)),
                    ErrorBody.openAi(),
                    new SystemTime(),
                    routes -> routes.post("/whole", this::whole).post("/known", this::known));

    @AfterEach
    void stop() {
        server.close();
    }

    private void whole(ServerRequest request, ServerResponse response) throws Exception {
        watch(request);
        new ResponseSink(response, () -> {}).sendWhole(ANSWER);
        meet();
    }

    private void known(ServerRequest request, ServerResponse response) throws Exception {
        watch(request);
        ResponseSink sink =
                new ResponseSink(
                        response, () -> response.header(HeaderValues.create("content-length", 4)));
        sink.write(ANSWER, 0, 1);
        sink.write(ANSWER, 1, 3);
        meet();
        sink.end();
    }

    private static void watch(ServerRequest request) {
        assertThat(request.content().as(byte[].class)).hasSize(BODY);
        ClientWatch watch = ClientWatch.current();
        watch.letIn(true);
        watch.watch(() -> {});
    }

    private void meet() throws InterruptedException {
        assertThat(sent.poll(20, TimeUnit.SECONDS)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/whole", "/known"})
    void isNotTakenForSentAhead(String path) throws Exception {
        byte[] request =
                "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
                        .formatted(path, BODY, "x".repeat(BODY))
                        .getBytes(StandardCharsets.US_ASCII);
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.address().port())) {
            socket.setSoTimeout(20_000);
            OutputStream out = socket.getOutputStream();
            out.write(request);
            for (int round = 0; round < ROUNDS; round++) {
                assertThat(answer(socket.getInputStream())).as("round " + round).contains("<hi>");
                out.write(request);
                assertThat(sent.offer(path, 20, TimeUnit.SECONDS)).isTrue();
            }
            answer(socket.getInputStream());
            assertThat(sent.offer(path, 20, TimeUnit.SECONDS)).isTrue();
        }
    }

    /// One answer, whole.
    private static String answer(InputStream in) throws Exception {
        StringBuilder answer = new StringBuilder();
        while (!answer.toString().endsWith("<hi>")) {
            int next = in.read();
            assertThat(next).as("closed after: " + answer).isNotNegative();
            answer.append((char) next);
        }
        return answer.toString();
    }
}

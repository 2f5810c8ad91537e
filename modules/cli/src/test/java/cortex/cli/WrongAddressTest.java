package cortex.cli;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.cli.Console.Result;
import cortex.cli.terminal.ConnectionTrouble;
import cortex.relay.http.RunningServer;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What commands say when something else than a gateway's API has the address they were given.
@Timeout(60)
class WrongAddressTest {
    private final List<String> shown = new CopyOnWriteArrayList<>();

    private static Result run(String url, String... args) {
        return Console.run("", Map.of("CORTEX_URL", url, "CORTEX_API_KEY", "sk-1"), args);
    }

    private void refuse(ServerRequest request, ServerResponse response) {
        request.headers().first(HeaderNames.AUTHORIZATION).ifPresent(shown::add);
        response.status(Status.UNAUTHORIZED_401)
                .send(
                        "{\"error\":{\"message\":\"This is a neuron, not a gateway, and it wants a"
                                + " key.\"}}");
    }

    @Test
    void aNeuronIsNamedAndIsToldNoKey() {
        try (RunningServer neuron = LoopbackGateway.with(routes -> routes.any(this::refuse))) {
            String url = "http://" + neuron.address();
            for (String[] args :
                    List.of(
                            new String[] {"status"},
                            new String[] {"models"},
                            new String[] {"chat", "tiny", "hi"},
                            new String[] {"verify", "tiny"},
                            new String[] {"load", "tiny"})) {
                Result result = run(url, args);
                assertThat(result.code()).isEqualTo(1);
                assertThat(result.err())
                        .startsWith("cortex: " + url + " is a neuron, not a gateway. Set --url");
            }
            assertThat(shown).isEmpty();
        }
    }

    @Test
    void aServerThatHasNoApiIsNamedByEveryCommand() {
        try (RunningServer metrics = LoopbackGateway.with(_ -> {})) {
            String url = "http://" + metrics.address();
            for (String[] args :
                    List.of(
                            new String[] {"status"},
                            new String[] {"models"},
                            new String[] {"chat", "tiny", "hi"},
                            new String[] {"verify", "tiny"},
                            new String[] {"load", "tiny"})) {
                assertThat(run(url, args).err())
                        .contains("what answers at " + url + " is not the API of cortex", "8000");
            }
        }
    }

    @Test
    void aUrlMayEndInV1() {
        try (RunningServer gateway =
                LoopbackGateway.with(routes ->
                        routes.get("/v1/models", (_, answer) -> answer.send("{}"))
                                .post(
                                        "/v1/chat/completions",
                                        (_, answer) -> answer.send("data: [DONE]\n\n")))) {
            String url = "http://" + gateway.address() + "/v1/";
            assertThat(run(url, "models").out()).isEqualTo("The gateway has no models.\n");
            assertThat(run(url, "chat", "tiny", "hi").code()).isZero();
        }
    }

    @Test
    void whatSpeaksNoTlsIsNamed() {
        try (RunningServer gateway = LoopbackGateway.with(_ -> {})) {
            String url = "https://" + gateway.address();
            assertThat(run(url, "models").err())
                    .isEqualTo(
                            "cortex: no answer from "
                                    + url
                                    + " (it does not speak TLS). Use a URL that begins with"
                                    + " http://.\n");
        }
    }

    @Test
    void whatSpeaksNoHttpIsNamed() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> greet(server));
            String url = "http://127.0.0.1:" + server.getLocalPort();
            assertThat(run(url, "models").err())
                    .startsWith(
                            "cortex: no answer from " + url + " (it does not speak plain HTTP).");
        }
    }

    private static void greet(ServerSocket server) {
        while (!server.isClosed()) {
            try (Socket client = server.accept()) {
                client.getOutputStream().write("SSH-2.0-x\r\n".getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // the server is closed, or the client has gone
            }
        }
    }

    @Test
    void aHostThatIsUnknownIsNoRefusedConnection() {
        ConnectException inner = new ConnectException();
        inner.initCause(new UnresolvedAddressException());
        ConnectException unknown = new ConnectException();
        unknown.initCause(inner);
        assertThat(ConnectionTrouble.of(unknown).reason())
                .isEqualTo("there is no host of that name");
        assertThat(ConnectionTrouble.of(new ConnectException()).reason())
                .isEqualTo("connection refused");
    }
}

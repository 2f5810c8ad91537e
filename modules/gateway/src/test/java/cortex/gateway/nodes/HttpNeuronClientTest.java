package cortex.gateway.nodes;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import cortex.core.node.DeviceHealth;
import cortex.core.node.EngineOptions;
import cortex.core.node.LoadRequest;
import cortex.core.node.ModelStatus;
import cortex.core.node.UnloadRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpNeuronClientTest {
    private static final URI BEAST = URI.create("http://beast:9090");

    private final ScriptedNeuron neuron = new ScriptedNeuron();
    private final HttpClient http = HttpClient.newHttpClient();
    private final HttpNeuronClient client = client(neuron.url(), Duration.ofSeconds(10));

    private HttpNeuronClient client(URI url, Duration patience) {
        return new HttpNeuronClient(
                http,
                url,
                new HttpNeuronClient.Patience(patience, patience, patience),
                ReportRules.USUAL);
    }

    @AfterEach
    void close() {
        neuron.close();
        http.shutdownNow();
    }

    @Test
    void readingsKeepUnknownApartFromZeroAndIgnoreNewFields() throws Exception {
        neuron.healthy();
        assertThat(client.discovery().harnesses()).containsExactly("llamacpp");
        DeviceHealth device = client.health().devices().getFirst();
        assertThat(device.vramUsedMb()).isNull();
        assertThat(device.vramFreeMb()).isEqualTo(23_000);
        assertThat(client.models()).isEmpty();
        neuron.lists("org/model", "r1", "loading", "");
        assertThat(client.models().getFirst().status()).isEqualTo(ModelStatus.LOADING);
    }

    @Test
    void commandsAreSentAsWritten() throws Exception {
        neuron.answer("POST /models/load", 200, "{\"status\":\"loading\",\"replica\":\"r7\"}");
        neuron.answer("POST /models/unload", 200, "{\"status\":\"unloaded\"}");
        var load =
                new LoadRequest(
                        "org/m", "llamacpp", "Q4", 2, List.of(0, 1), 9L, EngineOptions.NONE);
        assertThat(client.load(load).replica()).isEqualTo("r7");
        client.unload(new UnloadRequest("org/m", "r7", true));
        assertThat(neuron.requests.get(0))
                .contains("\"model_id\":\"org/m\"", "\"tensor_parallel\":2", "\"devices\":[0,1]");
        assertThat(neuron.requests.get(1)).contains("\"only_if_idle\":true");
    }

    @Test
    void idsKeepTheirSlashesAndNothingElse() throws Exception {
        neuron.answer(
                "GET /models/org/a%20model%3F/endpoint",
                200,
                "{\"url\":\"http://localhost:8100/x/\",\"engine_model\":\"m\",\"replica\":\"r\"}");
        NeuronClient.Endpoint endpoint = client.endpoint("org/a model?");
        assertThat(endpoint.url()).isEqualTo(URI.create("http://127.0.0.1:8100/x"));
        assertThat(endpoint.engineModel()).isEqualTo("m");
    }

    @ParameterizedTest
    @CsvSource({
        "http://localhost:8100, http://beast:8100",
        "http://127.0.0.1:8100/, http://beast:8100",
        "http://[::1]:8100/v/, http://beast:8100/v",
        "http://0.0.0.0:8100, http://beast:8100",
        "http://[::]:8100, http://beast:8100",
        "http://[0:0:0:0:0:0:0:1]:8100, http://beast:8100",
        "http://[::ffff:127.0.0.1]:8100, http://beast:8100",
        "http://[::ffff:7f00:1]:8100, http://beast:8100",
        "http://127.9.9.9:8100, http://beast:8100",
        "http://0:8100, http://beast:8100",
        "http://2130706433:8100, http://beast:8100",
        "http://localhost.:8100, http://beast:8100",
        "http://LocalHost:8100, http://beast:8100",
        "http://a.localhost:8100, http://beast:8100",
        "http://user:pw@127.0.0.1:8100, http://beast:8100",
        "http://Beast.:8100, http://beast:8100",
        "http://10.0.0.7:8100//, http://10.0.0.7:8100",
        "/engines/r1/, http://beast:9090/engines/r1",
        "https://other/x, https://other/x",
        "https://OTHER./x, https://OTHER./x",
    })
    void anEnginesAddressIsMadeUsableFromHere(String given, URI expected) {
        assertThat(Endpoints.fromHere(BEAST, given, List.of("10.0.0.7", "other")))
                .isEqualTo(expected);
    }

    /// A neuron speaks for its own host: prompts go to no other on its word.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://10.0.0.66:8100/",
                "http://evil.example/",
                "http://beast.evil.example:8100/",
                "http://169.254.169.254/latest/meta-data/",
                "http://[::ffff:169.254.169.254]/",
                "//evil.example/x",
                "http://beast@evil.example/",
                "http://notlocalhost/",
                "http://0177.0.0.1:8100/",
                "http://0x7f.1:8100/"
            })
    void anotherHostIsRefused(String given) {
        assertThatThrownBy(() -> Endpoints.fromHere(BEAST, given, List.of("10.0.0.7")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whyAnotherHostIsRefusedIsSaid() {
        neuron.answer(
                "GET /models/m/endpoint",
                200,
                "{\"url\":\"http://evil.example:8100\",\"engine_model\":\"m\",\"replica\":\"r\"}");
        assertThatThrownBy(() -> client.endpoint("m"))
                .isInstanceOf(NeuronException.class)
                .hasMessageContaining("evil.example")
                .hasMessageContaining("engine_hosts");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://x/", "not a url", "mailto:x"})
    void whatIsNoAddressIsRefused(String given) {
        assertThatThrownBy(() -> Endpoints.fromHere(BEAST, given, List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aRefusalCarriesTheNeuronsWords() {
        neuron.answer(
                "POST /models/unload",
                409,
                "{\"error\":{\"message\":\"2 requests in flight\",\"type\":\"busy\"}}");
        NeuronException e =
                catchThrowableOfType(
                        NeuronException.class,
                        () -> client.unload(new UnloadRequest("m", null, true)));
        assertThat(e.busy()).isTrue();
        assertThat(e.certain()).isTrue();
        assertThat(e.text()).isEqualTo("2 requests in flight");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[{}]", "{", "<html>", "[null]", "\"x\"", "[1]"})
    void nonsenseIsAnErrorAndNotACrash(String body) {
        neuron.answer("GET /models", 200, body);
        assertThatThrownBy(client::models).isInstanceOf(NeuronException.class);
    }

    @Test
    void silenceEndsAndLeavesItUnknownWhatWasDone() {
        CountDownLatch release = new CountDownLatch(1);
        neuron.hang("GET /health", release);
        NeuronException e =
                catchThrowableOfType(
                        NeuronException.class,
                        () -> client(neuron.url(), Duration.ofMillis(100)).health());
        release.countDown();
        assertThat(e.text()).contains("100 ms");
        assertThat(e.certain()).isFalse();
    }

    @Test
    void whoSpeaksTlsWhereTheOtherDoesNotIsToldSo() throws IOException {
        try (ServerSocket plain = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> refuseAll(plain));
            URI secured = URI.create("https://127.0.0.1:" + plain.getLocalPort());
            NeuronException e =
                    catchThrowableOfType(
                            NeuronException.class,
                            () -> client(secured, Duration.ofSeconds(10)).health());
            assertThat(e.text()).contains("does not speak TLS").contains("http://");
            assertThat(e.certain()).isTrue();
        }
    }

    /// Answers each connection, for others of this machine may knock at a port that was theirs.
    private static void refuseAll(ServerSocket server) {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> refuse(socket));
            } catch (IOException e) {
                assertThat(server.isClosed()).isTrue();
            }
        }
    }

    private static void refuse(Socket accepted) {
        try (Socket socket = accepted) {
            socket.getInputStream().read();
            socket.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(US_ASCII));
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void whoIsNotThereWasCertainlyNotTold() {
        neuron.close();
        NeuronException e = catchThrowableOfType(NeuronException.class, client::health);
        assertThat(e.text()).isEqualTo("refused the connection: is neuron running there?");
        assertThat(e.certain()).isTrue();
    }
}

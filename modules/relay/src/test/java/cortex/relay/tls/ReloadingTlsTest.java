package cortex.relay.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.config.HostPort;
import cortex.core.time.SystemTime;
import cortex.core.time.Time;
import cortex.pki.Pki;
import cortex.relay.http.ErrorBody;
import cortex.relay.http.HttpServers;
import cortex.relay.http.RawClient;
import cortex.relay.http.RunningServer;
import cortex.relay.http.ServerSettings;
import cortex.relay.pump.EngineClients;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReloadingTlsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration LATER = Duration.ofSeconds(5);

    private final AtomicLong nanos = new AtomicLong();
    private final Time clock =
            new Time() {
                @Override
                public Instant now() {
                    return Instant.EPOCH;
                }

                @Override
                public long nanos() {
                    return nanos.get();
                }

                @Override
                public void sleep(Duration duration) {
                    nanos.addAndGet(duration.toNanos());
                }
            };

    private Path dir = Path.of("");
    private @Nullable PemFiles stranger;
    private @Nullable PemFiles gateway;
    private @Nullable RunningServer running;

    @BeforeAll
    void makeCertificates(@TempDir Path here) throws Exception {
        dir = here;
        Pki fleet = new Pki(dir, "fleet");
        stranger = files(new Pki(dir, "other").issue("stranger", "EC"));
        gateway = files(fleet.issue("gateway", "EC"));
        PemFiles neuron = files(fleet.issue("neuron", "RSA"));
        running =
                HttpServers.start(
                        ServerSettings.of(new HostPort("127.0.0.1", 0))
                                .withDrainGrace(Duration.ZERO),
                        ErrorBody.openAi(),
                        new SystemTime(),
                        new ReloadingTls(neuron, clock),
                        routes ->
                                routes.any((request, response) ->
                                        response.send(
                                                request.isSecure()
                                                        + request.content().as(String.class))));
    }

    private PemFiles files(Pki.Issued issued) {
        return new PemFiles(issued.certificate(), issued.key(), dir.resolve("fleet.pem"));
    }

    @AfterAll
    void stop() {
        server().close();
    }

    private RunningServer server() {
        return Objects.requireNonNull(running);
    }

    private PemFiles stranger() {
        return Objects.requireNonNull(stranger);
    }

    private PemFiles gateway() {
        return Objects.requireNonNull(gateway);
    }

    private String ask(PemFiles files) throws IOException, InterruptedException {
        try (HttpClient client =
                EngineClients.create(PATIENCE, new ReloadingTls(files, clock).context())) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create("https://" + server().address() + "/x"))
                            .timeout(PATIENCE)
                            .POST(HttpRequest.BodyPublishers.ofString("y".repeat(200_000)))
                            .build();
            return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        }
    }

    @Test
    void bothSidesShowWhoTheyAre() throws Exception {
        assertThat(ask(gateway())).startsWith("trueyyy").hasSize(200_004);
    }

    @Test
    void whoHasNoCertificateOfTheFleetIsNotLetIn() throws Exception {
        PemFiles nobody = new PemFiles(null, null, dir.resolve("fleet.pem"));
        assertThatThrownBy(() -> ask(nobody)).isInstanceOf(IOException.class);
        PemFiles foreign = stranger();
        assertThatThrownBy(() -> ask(foreign)).isInstanceOf(IOException.class);
        try (RawClient plain = new RawClient(server().address())) {
            assertThat(plain.get("/x").readToEnd()).doesNotContain("200 OK");
        }
        assertThat(ask(gateway())).startsWith("true");
    }

    @Test
    void whoIsNotTheFleetsIsNotAsked() {
        PemFiles distrustful =
                new PemFiles(gateway().certificate(), gateway().key(), dir.resolve("other.pem"));
        assertThatThrownBy(() -> ask(distrustful)).isInstanceOf(IOException.class);
        PemFiles usual = new PemFiles(gateway().certificate(), gateway().key(), null);
        assertThatThrownBy(() -> ask(usual)).isInstanceOf(IOException.class);
    }

    @Test
    void filesThatChangeAreReadAnewAndBadOnesAreNotUsed() throws Exception {
        PemFiles late = stranger();
        Path certificate = dir.resolve("changing.pem");
        Path key = dir.resolve("changing-key.pem");
        replace(Objects.requireNonNull(late.certificate()), certificate);
        replace(Objects.requireNonNull(late.key()), key);
        ReloadingTls client =
                new ReloadingTls(new PemFiles(certificate, key, dir.resolve("fleet.pem")), clock);
        assertThatThrownBy(() -> ask(client)).isInstanceOf(IOException.class);
        replace(Objects.requireNonNull(gateway().certificate()), certificate);
        replace(Objects.requireNonNull(gateway().key()), key);
        clock.sleep(LATER);
        assertThat(ask(client)).startsWith("true");
        Files.writeString(key, "nonsense");
        clock.sleep(LATER);
        assertThat(ask(client)).startsWith("true");
    }

    @Test
    void aSessionDoesNotOutliveTheAuthorityThatItWasMadeUnder() throws Exception {
        Path authorities = dir.resolve("changing-ca.pem");
        replace(dir.resolve("fleet.pem"), authorities);
        PemFiles shown = new PemFiles(gateway().certificate(), gateway().key(), authorities);
        SSLContext client = new ReloadingTls(gateway(), clock).context();
        client.getClientSessionContext().setSessionTimeout(600);
        try (RunningServer strict =
                HttpServers.start(
                        ServerSettings.of(new HostPort("127.0.0.1", 0))
                                .withDrainGrace(Duration.ZERO),
                        ErrorBody.openAi(),
                        new SystemTime(),
                        new ReloadingTls(shown, clock),
                        routes -> routes.any((_, response) -> response.send("in")))) {
            assertThat(ask(client, strict.address())).endsWith("in");
            assertThat(ask(client, strict.address())).endsWith("in");
            replace(dir.resolve("other.pem"), authorities);
            clock.sleep(LATER);
            assertThatThrownBy(() -> ask(client, strict.address())).isInstanceOf(IOException.class);
        }
    }

    private static String ask(SSLContext client, HostPort server) throws IOException {
        try (Socket socket = client.getSocketFactory().createSocket(server.host(), server.port())) {
            socket.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
            socket.getOutputStream()
                    .write(
                            "GET /x HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private static void replace(Path from, Path to) throws IOException {
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    }

    private String ask(ReloadingTls tls) throws IOException, InterruptedException {
        try (HttpClient client = EngineClients.create(PATIENCE, tls.context())) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create("https://" + server().address() + "/x"))
                            .timeout(PATIENCE)
                            .POST(HttpRequest.BodyPublishers.ofString("y"))
                            .build();
            return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        }
    }

    @Test
    void whatCannotBeUsedIsNamed() throws Exception {
        Path nonsense = dir.resolve("nonsense.pem");
        Files.writeString(nonsense, "hello");
        Path none = dir.resolve("none.pem");
        PemFiles good = gateway();
        assertThat(ReloadingTls.problem(good)).isNull();
        assertThat(ReloadingTls.problem(new PemFiles(good.certificate(), nonsense, null)))
                .contains("nonsense.pem", "private key");
        assertThat(ReloadingTls.problem(new PemFiles(nonsense, good.key(), null)))
                .contains("nonsense.pem", "certificate");
        assertThat(ReloadingTls.problem(new PemFiles(null, null, none))).contains("none.pem");
        assertThat(ReloadingTls.problem(new PemFiles(good.certificate(), none, null)))
                .contains("none.pem");
    }
}

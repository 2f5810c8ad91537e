package cortex.relay.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.config.HostPort;
import cortex.core.time.SystemTime;
import cortex.pki.Pki;
import cortex.relay.http.ErrorBody;
import cortex.relay.http.HandClock;
import cortex.relay.http.HttpServers;
import cortex.relay.http.RawClient;
import cortex.relay.http.RequestLines;
import cortex.relay.http.RunningServer;
import cortex.relay.http.ServerSettings;
import cortex.relay.http.Warnings;
import cortex.relay.pump.EngineClients;
import cortex.relay.pump.EngineException;
import cortex.relay.pump.Exchange;
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
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
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

    private final HandClock clock = new HandClock(0);

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
    void aCertificateWhoseKeyIsNotThereYetIsNotUsed() throws Exception {
        Path certificate = dir.resolve("renewed.pem");
        Path key = dir.resolve("renewed-key.pem");
        Pki pki = new Pki(dir, "renewing");
        Pki.Issued old = pki.issue("old", "RSA");
        Pki.Issued renewed = pki.issue("renewed-later", "RSA");
        replace(old.certificate(), certificate);
        replace(old.key(), key);
        PemFiles client = new PemFiles(null, null, dir.resolve("renewing.pem"));
        try (Warnings warnings = new Warnings();
                RunningServer live =
                        HttpServers.start(
                                ServerSettings.of(new HostPort("127.0.0.1", 0))
                                        .withDrainGrace(Duration.ZERO),
                                ErrorBody.openAi(),
                                new SystemTime(),
                                new ReloadingTls(new PemFiles(certificate, key, null), clock),
                                routes -> routes.any((_, response) -> response.send("in")))) {
            assertThat(ownerShown(client, live)).isEqualTo("CN=old");
            replace(renewed.certificate(), certificate);
            for (int i = 0; i < 3; i++) {
                clock.sleep(LATER);
                assertThat(ownerShown(client, live)).isEqualTo("CN=old");
            }
            assertThat(warnings.lines())
                    .filteredOn(line -> line.contains("what was read before stays in use"))
                    .as("told once for each change")
                    .hasSize(1)
                    .first()
                    .asString()
                    .contains("belong together");
            replace(renewed.key(), key);
            clock.sleep(LATER);
            assertThat(ownerShown(client, live)).isEqualTo("CN=renewed-later");
        }
    }

    private String ownerShown(PemFiles client, RunningServer server) throws IOException {
        SSLContext context = new ReloadingTls(client, clock).context();
        HostPort at = server.address();
        try (SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(at.host(), at.port())) {
            socket.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
            socket.startHandshake();
            X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            return shown.getSubjectX500Principal().getName();
        }
    }

    @Test
    void aPairOfTwoHalvesThatDoNotBelongTogetherIsAProblem() throws Exception {
        PemFiles own = gateway();
        Pki pki = new Pki(dir, "pairs");
        Pki.Issued curve = pki.issue("curve", "EC");
        Pki.Issued rsa = pki.issue("rsa", "RSA");
        Pki.Issued otherRsa = pki.issue("other-rsa", "RSA");
        Pki.Issued edwards = pki.issue("edwards", "Ed25519");
        for (Path key : List.of(curve.key(), rsa.key())) {
            assertThat(ReloadingTls.problem(new PemFiles(own.certificate(), key, null)))
                    .contains(key.toString(), "gateway.pem", "belong together");
            assertThatThrownBy(() ->
                            new ReloadingTls(new PemFiles(own.certificate(), key, null), clock))
                    .isInstanceOf(TlsException.class);
        }
        assertThat(problem(otherRsa.certificate(), rsa.key())).contains("belong together");
        assertThat(problem(edwards.certificate(), rsa.key())).contains("belong together");
        for (Pki.Issued issued : List.of(curve, rsa, otherRsa)) {
            assertThat(problem(issued.certificate(), issued.key())).isNull();
        }
    }

    private static @Nullable String problem(Path certificate, Path key) {
        return ReloadingTls.problem(new PemFiles(certificate, key, null));
    }

    @Test
    void anRsaKeyMayBeWrittenInItsOldForm() throws Exception {
        Pki.Issued rsa = new Pki(dir, "old-form").issue("oldform", "RSA");
        String pem = Files.readString(rsa.key());
        byte[] whole = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        // PKCS #8 puts 26 bytes before what PKCS #1 has, for keys of 2048 to 4096 bits.
        byte[] old = Arrays.copyOfRange(whole, 26, whole.length);
        Path key = dir.resolve("pkcs1.pem");
        Files.writeString(
                key,
                "-----BEGIN RSA PRIVATE KEY-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(old)
                        + "\n-----END RSA PRIVATE KEY-----\n");
        assertThat(problem(rsa.certificate(), key)).isNull();
    }

    @Test
    void theServersLogSaysWhomTlsKeptOut() throws Exception {
        try (RequestLines log = new RequestLines()) {
            List<String> lines = log.lines();
            PemFiles nobody = new PemFiles(null, null, dir.resolve("fleet.pem"));
            assertThatThrownBy(() -> ask(nobody)).isInstanceOf(IOException.class);
            await(lines, "shows no certificate");
            PemFiles usual = new PemFiles(gateway().certificate(), gateway().key(), null);
            assertThatThrownBy(() -> ask(usual)).isInstanceOf(IOException.class);
            await(lines, "this server's certificate");
            try (RawClient plain = new RawClient(server().address())) {
                assertThat(plain.get("/x").readToEnd()).doesNotContain("200 OK");
            }
            await(lines, "spoke plain HTTP");
            assertThat(ClientRefusal.words(new SSLHandshakeException("PKIX path building failed")))
                    .contains("that tls_client_ca does not believe");
            assertThat(lines)
                    .allMatch(line -> line.startsWith("refused client=127.0.0.1 outcome=no_tls"));
            int before = lines.size();
            assertThat(ask(gateway())).startsWith("true");
            assertThat(lines).hasSize(before);
        }
    }

    /// Lines come when the server's thread has seen what the client sees.
    private static void await(List<String> lines, String part) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (lines.stream().noneMatch(line -> line.contains(part))) {
            assertThat(System.nanoTime()).as(part + " in " + lines).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    @Test
    void whyNoTlsCameAboutIsTold() throws Exception {
        PemFiles nobody = new PemFiles(null, null, dir.resolve("fleet.pem"));
        assertThat(why(nobody)).contains("refuses this gateway's certificate");
        assertThat(why(stranger())).contains("refuses this gateway's certificate");
        PemFiles distrustful =
                new PemFiles(gateway().certificate(), gateway().key(), dir.resolve("other.pem"));
        assertThat(why(distrustful)).contains("that tls_ca does not believe");
        PemFiles usual = new PemFiles(gateway().certificate(), gateway().key(), null);
        assertThat(why(usual)).contains("that Java does not know: set tls_ca");
    }

    private String why(PemFiles shown) throws InterruptedException {
        try {
            return ask(shown);
        } catch (IOException e) {
            TlsFailure failure = Objects.requireNonNull(TlsFailure.of(e), () -> "not TLS: " + e);
            assertThat(failure.lasting()).isTrue();
            assertThat(failure.early()).isTrue();
            return failure.text();
        }
    }

    @Test
    void aRequestThatNoTlsCarriesHasReachedNobody() throws Exception {
        try (HttpClient client =
                EngineClients.create(PATIENCE, new ReloadingTls(stranger(), clock).context())) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create("https://" + server().address() + "/x"))
                            .POST(HttpRequest.BodyPublishers.ofString("y"))
                            .build();
            try (Exchange exchange = Exchange.send(client, request)) {
                assertThatThrownBy(() -> exchange.await(PATIENCE))
                        .isInstanceOfSatisfying(
                                EngineException.class,
                                e -> {
                                    assertThat(e.kind()).isEqualTo(EngineException.Kind.UNSAFE);
                                    assertThat(e).hasMessageContaining("certificate");
                                });
            }
        }
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
                .isEqualTo(none + " cannot be read: there is no such file.");
        assertThat(ReloadingTls.problem(new PemFiles(none, good.key(), null)))
                .isEqualTo(none + " cannot be read: there is no such file.");
    }
}

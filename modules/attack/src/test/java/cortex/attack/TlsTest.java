package cortex.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.time.SystemTime;
import cortex.e2e.Program;
import cortex.pki.Pki;
import cortex.relay.tls.PemFiles;
import cortex.relay.tls.ReloadingTls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// A fleet that shows certificates in place of keys: the gateway believes only what its authority
/// signed, and so does the neuron.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TlsTest {
    private Path dir = Path.of("");
    private Program neuron;
    private Program cortex;

    @BeforeAll
    void start(@TempDir Path here) throws Exception {
        dir = here;
        Pki fleet = new Pki(dir, "fleet");
        fleet.issue("neuron", "EC");
        fleet.issue("gateway", "EC");
        new Pki(dir, "other").issue("stranger", "EC");
        Files.writeString(
                dir.resolve("neuron.toml"),
                """
                [neuron]
                listen = "127.0.0.1:0"
                tls_cert = "neuron.pem"
                tls_key = "neuron-key.pem"
                tls_client_ca = "fleet.pem"
                state_dir = "state"
                nvidia_smi = "./no-nvidia-smi"
                [[harnesses]]
                name = "demo"
                """);
        neuron = Program.startReady("neuron", dir, List.of("serve", "--config", "neuron.toml"));
        Files.writeString(
                dir.resolve("models.toml"), Target.model("good", 2, "\"--speed\", \"2000\""));
        Files.writeString(
                dir.resolve("cortex.toml"),
                """
                [gateway]
                listen = "127.0.0.1:0"
                metrics_listen = "127.0.0.1:0"
                drain_timeout = "2s"
                [polling]
                interval = "200ms"
                """
                        + node("trusted", neuron.readyUrl(0), "fleet.pem")
                        + node(
                                "impostor",
                                neuron.readyUrl(0).replace("127.0.0.1", "localhost"),
                                "other.pem"));
        cortex = Program.startReady("cortex", dir, List.of("serve", "--config", "cortex.toml"));
    }

    private static String node(String name, String endpoint, String authorities) {
        return """
        [[neurons]]
        name = "%s"
        endpoint = "%s"
        tls_ca = "%s"
        tls_cert = "gateway.pem"
        tls_key = "gateway-key.pem"
        """
                .formatted(name, endpoint, authorities);
    }

    @AfterAll
    void stop() {
        if (cortex != null) {
            cortex.close();
        }
        if (neuron == null) {
            return;
        }
        List<ProcessHandle> engines = neuron.handle().descendants().toList();
        neuron.close();
        engines.stream().filter(ProcessHandle::isAlive).forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void aChatGoesThroughToANodeThatShowsWhoItIsAndToNoOther() throws Exception {
        HttpRequest chat =
                HttpRequest.newBuilder(URI.create(cortex.readyUrl(0) + "/v1/chat/completions"))
                        .header("Content-Type", "application/json")
                        .timeout(Duration.ofSeconds(60))
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        """
                                        {"model":"good","stream":true,"max_tokens":4,\
                                        "messages":[{"role":"user","content":"hello"}]}
                                        """))
                        .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = http.send(chat, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).contains("data: [DONE]");
            HttpRequest fleet =
                    HttpRequest.newBuilder(URI.create(cortex.readyUrl(0) + "/admin/fleet"))
                            .header("Authorization", "Bearer " + Program.OPERATOR)
                            .build();
            String nodes = http.send(fleet, HttpResponse.BodyHandlers.ofString()).body();
            assertThat(nodes)
                    .contains("\"healthy\":true")
                    .contains("shows a certificate that tls_ca does not believe");
        }
    }

    @Test
    void whoShowsNothingOrAnothersCertificateIsNotAnswered() throws Exception {
        assertThat(ask(certificate("gateway")).statusCode()).isEqualTo(200);
        assertThatThrownBy(() -> ask(certificate("stranger"))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> ask(new PemFiles(null, null, dir.resolve("fleet.pem"))))
                .isInstanceOf(IOException.class);
        int port = URI.create(neuron.readyUrl(0)).getPort();
        assertThat(Raw.exchange(port, "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"))
                .doesNotContain("200");
    }

    private PemFiles certificate(String name) {
        return new PemFiles(
                dir.resolve(name + ".pem"),
                dir.resolve(name + "-key.pem"),
                dir.resolve("fleet.pem"));
    }

    private HttpResponse<String> ask(PemFiles shown) throws IOException, InterruptedException {
        var tls = new ReloadingTls(shown, new SystemTime());
        try (HttpClient http = HttpClient.newBuilder().sslContext(tls.context()).build()) {
            HttpRequest models =
                    HttpRequest.newBuilder(URI.create(neuron.readyUrl(0) + "/models"))
                            .timeout(Duration.ofSeconds(20))
                            .build();
            return http.send(models, HttpResponse.BodyHandlers.ofString());
        }
    }
}

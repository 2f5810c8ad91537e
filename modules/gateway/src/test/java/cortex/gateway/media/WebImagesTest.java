package cortex.gateway.media;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelQuirks.Schemas;
import cortex.core.catalogue.ModelQuirks.SystemInMiddle;
import cortex.core.dialect.chat.EngineKind;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.request.Target;
import cortex.core.time.SystemTime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The gateway's own fetching of images, from a server on this host that is declared public.
class WebImagesTest {
    private static final String PNG = "\u0089PNG\r\n\u001a\n....";

    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger resolved = new AtomicInteger();
    private ServerSocket server;
    private volatile String answer = "";

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::serve);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private void serve() {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                asked.incrementAndGet();
                byte[] head = new byte[4096];
                int count = socket.getInputStream().read(head);
                String said = new String(head, 0, Math.max(count, 0), ISO_8859_1);
                assertThat(said).startsWith("GET /a.png?x=1 HTTP/1.0\r\nHost: pictures.example:");
                if (answer.isEmpty()) {
                    socket.getInputStream().read();
                }
                socket.getOutputStream().write(answer.getBytes(ISO_8859_1));
            } catch (IOException e) {
                // The other side may leave whenever it likes; the next connection is looked at.
            }
        }
    }

    private static Target target(boolean urls) {
        Quirks quirks =
                new Quirks(
                        false,
                        false,
                        SystemInMiddle.FOLD,
                        false,
                        false,
                        null,
                        true,
                        List.of(),
                        urls,
                        Schemas.ON_ERROR,
                        false,
                        false,
                        null,
                        List.of());
        return new Target("m", EngineKind.LLAMA_SERVER, quirks);
    }

    private static byte[] body(String... urls) {
        StringBuilder parts = new StringBuilder();
        for (String url : urls) {
            parts.append("{\"image_url\":{\"url\":\"").append(url).append("\"}},");
        }
        return ("{\"model\":\"m\",\"messages\":[" + parts + "{}]}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private WebImages images(Duration timeout) {
        return new WebImages(
                new WebImages.Limits(2, 1 << 10, timeout),
                new SystemTime(),
                host -> {
                    resolved.incrementAndGet();
                    return List.of(InetAddress.getLoopbackAddress());
                },
                address -> true);
    }

    private String url() {
        return "http://pictures.example:" + server.getLocalPort() + "/a.png?x=1";
    }

    private String fetched() {
        Map<String, String> images =
                images(Duration.ofSeconds(20)).fetched(target(true), body(url())).fetched();
        assertThat(images).containsOnlyKeys(url());
        return images.getOrDefault(url(), "");
    }

    @Test
    void anImageBecomesData() {
        answer = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PNG;
        assertThat(fetched()).startsWith("data:image/png;base64,iVBORw0KGgo");
        assertThat(resolved).as("what was looked at is what is connected to").hasValue(1);
    }

    @Test
    void nothingElseDoes() {
        answer = "HTTP/1.1 200 OK\r\n\r\nroot:x:0:0";
        assertThat(fetched()).isEqualTo("it is no image of a known form");
        answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n" + PNG;
        assertThat(fetched()).isEqualTo("its host does not send it");
        answer = "HTTP/1.1 200 OK\r\n\r\n" + PNG + "x".repeat(2000);
        assertThat(fetched()).isEqualTo("its host does not send it");
        answer = "SSH-2.0\r\n" + "x".repeat(50_000);
        assertThat(fetched()).isEqualTo("its host does not send it");
        answer = "HTTP/1.1\r\n\r\n";
        assertThat(fetched()).isEqualTo("its host does not send it");
    }

    @Test
    void aSilentHostIsGivenUp() {
        Map<String, String> images =
                images(Duration.ofMillis(300)).fetched(target(true), body(url())).fetched();
        assertThat(images).containsEntry(url(), "it took too long");
    }

    @Test
    void onlyWhereTheModelMayBeGivenAddresses() {
        assertThat(images(Duration.ofSeconds(1)).fetched(target(false), body(url())).fetched())
                .isEmpty();
        assertThat(asked).hasValue(0);
    }

    @Test
    void oneRequestBringsSoManyAtMost() {
        answer = "HTTP/1.1 200 OK\r\n\r\n" + PNG;
        byte[] body = body(url(), url(), url() + "#1", url() + "#2", url() + "#3");
        Map<String, String> images =
                images(Duration.ofSeconds(20)).fetched(target(true), body).fetched();
        assertThat(images).hasSize(2);
        assertThat(asked).hasValue(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:%d/", "http://localhost:%d/", "http://[::1]:%d/",
                "http://[::ffff:127.0.0.1]:%d/", "http://2130706433:%d/", "http://127.1:%d/",
                "http://10.0.0.1:%d/", "http://169.254.169.254:%d/latest", "http://0:%d/",
                "http://0.0.0.0:%d/", "http://100.64.0.1:%d/", "http://[fe80::1]:%d/",
                "http://[64:ff9b::7f00:1]:%d/", "http://[2002:7f00:1::]:%d/",
                        "http://224.0.0.1:%d/",
                "http://u:p@127.0.0.1:%d/", "https://127.0.0.1:%d/"
            })
    void noAddressWithinIsOpened(String form) {
        String url = form.formatted(server.getLocalPort());
        WebImages images =
                new WebImages(
                        new WebImages.Limits(2, 1 << 10, Duration.ofSeconds(5)), new SystemTime());
        assertThat(images.fetched(target(true), body(url)).fetched().get(url))
                .isIn("its address is not a public one", "its address is malformed");
        assertThat(asked).hasValue(0);
    }

    @Test
    void publicAddressesAreToldFromOthers() throws IOException {
        for (String address : List.of("8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111")) {
            assertThat(PublicAddresses.isPublic(InetAddress.getByName(address))).isTrue();
        }
        for (String address :
                List.of(
                        "172.31.9.9",
                        "192.168.1.1",
                        "198.19.0.1",
                        "240.0.0.1",
                        "fc00::1",
                        "::",
                        "2001:db8::1",
                        "2001::1",
                        "ff02::1",
                        "255.255.255.255")) {
            assertThat(PublicAddresses.isPublic(InetAddress.getByName(address))).isFalse();
        }
    }
}

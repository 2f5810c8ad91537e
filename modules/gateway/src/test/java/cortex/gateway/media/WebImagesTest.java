package cortex.gateway.media;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.catalogue.ModelQuirks.Schemas;
import cortex.core.dialect.WebAddresses;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.request.Target;
import cortex.core.engine.EngineApi;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.time.SystemTime;
import cortex.pki.Pki;
import cortex.relay.tls.PemFiles;
import cortex.relay.tls.ReloadingTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The gateway's own fetching of images, from a server on this host that is declared public.
class WebImagesTest {
    private static final String PNG = "\u0089PNG\r\n\u001a\n....";

    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger resolved = new AtomicInteger();
    private ServerSocket server;
    private final Owner owner = new Owner();
    private SSLSocketFactory tls = (SSLSocketFactory) SSLSocketFactory.getDefault();
    private volatile @Nullable ReloadingTls shown;
    private volatile String answer = "";

    /// Counts what is taken for a request, and remembers what it would give up.
    private static final class Owner implements WebImages.Owner {
        final AtomicLong taken = new AtomicLong();
        final AtomicReference<Runnable> giveUp = new AtomicReference<>(() -> {});
        volatile long most = Long.MAX_VALUE;

        @Override
        public void take(long bytes) {
            if (taken.addAndGet(bytes) > most) {
                throw new FailureException(new Failure.Refused(413, "no room"));
            }
        }

        @Override
        public void onCancel(Runnable what) {
            giveUp.set(what);
        }
    }

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
            ReloadingTls shows = shown;
            try (Socket accepted = server.accept();
                    Socket socket = shows == null ? accepted : shows.over(accepted)) {
                asked.incrementAndGet();
                byte[] head = new byte[4096];
                int count = socket.getInputStream().read(head);
                String said = new String(head, 0, Math.max(count, 0), ISO_8859_1);
                assertThat(said)
                        .matches("(?s)GET /a.png.x=1 HTTP/1.0\r\nHost: [a-z.]+:[0-9]+\r\n.*");
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
                        Quirks.Turns.PLAIN,
                        Quirks.Reasoning.NONE,
                        new Quirks.Images(true, List.of(), urls),
                        Schemas.ON_ERROR,
                        Quirks.Answers.PLAIN,
                        null,
                        List.of());
        return new Target("m", EngineApi.LLAMA_SERVER, quirks);
    }

    private static Map<String, Integer> in(String... urls) {
        StringBuilder parts = new StringBuilder();
        for (String url : urls) {
            parts.append("{\"image_url\":{\"url\":\"").append(url).append("\"}},");
        }
        return WebAddresses.in(
                ("{\"model\":\"m\",\"messages\":[" + parts + "{}]}")
                        .getBytes(StandardCharsets.UTF_8));
    }

    private WebImages images(Duration timeout) {
        return new WebImages(
                new WebImages.Limits(2, 1 << 10, timeout),
                new SystemTime(),
                host -> {
                    resolved.incrementAndGet();
                    return List.of(InetAddress.getLoopbackAddress());
                },
                address -> true,
                tls);
    }

    private String url() {
        return "http://pictures.example:" + server.getLocalPort() + "/a.png?x=1";
    }

    private String fetched() throws InterruptedException {
        return fetched("http://pictures.example:%d/a.png?x=1");
    }

    private String fetched(String form) throws InterruptedException {
        String url = form.formatted(server.getLocalPort());
        Map<String, String> images =
                images(Duration.ofSeconds(20)).fetched(target(true), in(url), owner).fetched();
        assertThat(images).containsOnlyKeys(url);
        return images.getOrDefault(url, "");
    }

    @Test
    void anImageBecomesData() throws InterruptedException {
        answer = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PNG;
        assertThat(fetched()).startsWith("data:image/png;base64,iVBORw0KGgo");
        assertThat(resolved).as("what was looked at is what is connected to").hasValue(1);
    }

    @Test
    void nothingElseDoes() throws InterruptedException {
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
    void aSilentHostIsGivenUp() throws InterruptedException {
        Map<String, String> images =
                images(Duration.ofMillis(300)).fetched(target(true), in(url()), owner).fetched();
        assertThat(images).containsEntry(url(), "it took too long");
    }

    @Test
    void aResolverThatHangsIsGivenUp() throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        WebImages images =
                new WebImages(
                        new WebImages.Limits(2, 1 << 10, Duration.ofMillis(200)),
                        new SystemTime(),
                        host -> {
                            try {
                                never.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                            return List.of(InetAddress.getLoopbackAddress());
                        },
                        address -> true,
                        tls);
        assertThat(images.fetched(target(true), Map.of(url(), 1), owner).fetched())
                .containsEntry(url(), "it took too long");
        assertThat(asked).hasValue(0);
    }

    @Test
    void bytesAreCountedBeforeTheyAreHeld() throws InterruptedException {
        answer = "HTTP/1.1 200 OK\r\n\r\n" + PNG;
        fetched();
        assertThat(owner.taken.get()).isGreaterThan(PNG.length());
        owner.most = 1;
        assertThatThrownBy(this::fetched).isInstanceOf(FailureException.class);
    }

    @Test
    void aRequestThatIsGivenUpEndsItsFetch() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> image = threads.submit(() -> fetched());
            long deadline = System.nanoTime() + 20_000_000_000L;
            while (asked.get() == 0 && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            assertThat(image.isDone()).isFalse();
            owner.giveUp.get().run();
            assertThat(image.get(10, TimeUnit.SECONDS)).isEqualTo("its host does not send it");
        }
    }

    @Test
    void aHostIsAskedByHttpsOnlyWithACertificateForItsName(@TempDir Path dir) throws Exception {
        answer = "HTTP/1.1 200 OK\r\n\r\n" + PNG;
        Pki.Issued issued = new Pki(dir, "web").issue("host", "EC");
        var time = new SystemTime();
        shown = new ReloadingTls(new PemFiles(issued.certificate(), issued.key(), null), time);
        nextConnectionIsSecured();
        assertThat(fetched("https://localhost:%d/a.png?x=1"))
                .as("of an authority that nobody knows")
                .isEqualTo("its host does not send it");
        tls =
                new ReloadingTls(new PemFiles(null, null, dir.resolve("web.pem")), time)
                        .context()
                        .getSocketFactory();
        assertThat(fetched("https://localhost:%d/a.png?x=1"))
                .startsWith("data:image/png;base64,iVBORw0KGgo");
        assertThat(fetched("https://pictures.example:%d/a.png?x=1"))
                .as("of another host")
                .isEqualTo("its host does not send it");
    }

    /// The server waits for its next connection with what it showed before.
    private void nextConnectionIsSecured() throws InterruptedException {
        assertThat(fetched()).isNotEmpty();
    }

    @Test
    void onlyWhereTheModelMayBeGivenAddresses() throws InterruptedException {
        assertThat(images(Duration.ofSeconds(1)).fetched(target(false), in(url()), owner).fetched())
                .isEmpty();
        assertThat(asked).hasValue(0);
    }

    @Test
    void oneRequestBringsSoManyAtMost() throws InterruptedException {
        answer = "HTTP/1.1 200 OK\r\n\r\n" + PNG;
        Map<String, Integer> addresses = in(url(), url(), url() + "#1", url() + "#2", url() + "#3");
        Map<String, String> images =
                images(Duration.ofSeconds(20)).fetched(target(true), addresses, owner).fetched();
        assertThat(images).hasSize(2);
        assertThat(asked).hasValue(2);
    }

    @Test
    void anImageCountsAsOftenAsItIsShown() throws InterruptedException {
        answer = "HTTP/1.1 200 OK\r\n\r\n" + PNG + "x".repeat(300);
        fetched();
        long once = owner.taken.getAndSet(0);
        images(Duration.ofSeconds(20)).fetched(target(true), in(url(), url(), url()), owner);
        assertThat(owner.taken.get()).isGreaterThan(once + 2 * 300);
        Map<String, String> images =
                images(Duration.ofSeconds(20))
                        .fetched(target(true), in(url(), url(), url(), url()), owner)
                        .fetched();
        assertThat(images).containsEntry(url(), "its host does not send it");
    }

    @Test
    void addressesAreFoundAmongLongData() {
        String data = "data:image/png;base64," + "A".repeat(100_000);
        assertThat(in(data, "HTTP://a/", "\\u0068ttp://b/", "http://a/", "HTTP://a/", "ftp://c"))
                .isEqualTo(Map.of("HTTP://a/", 2, "http://b/", 1, "http://a/", 1));
        assertThat(in("http://a/" + "x".repeat(10_000))).isEmpty();
    }

    @Test
    void aHandshakeThatDripsIsOverAtTheDeadline() throws Exception {
        try (ServerSocket dripping = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> drip(dripping));
            String url = "https://pictures.example:" + dripping.getLocalPort() + "/a.png";
            long start = System.nanoTime();
            Map<String, String> images =
                    images(Duration.ofMillis(500)).fetched(target(true), in(url), owner).fetched();
            assertThat(images).containsEntry(url, "it took too long");
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(5));
        }
    }

    /// Says a handshake record of 16 KiB byte by byte, each long before a read would time out.
    private static void drip(ServerSocket dripping) {
        try (Socket socket = dripping.accept()) {
            socket.getOutputStream().write(new byte[] {0x16, 3, 3, 0x3f, (byte) 0xff});
            socket.setSoTimeout(50);
            while (!hasLeft(socket)) {
                socket.getOutputStream().write(2);
            }
        } catch (IOException e) {
            // The other side has given up.
        }
    }

    /// Listens for a moment.
    private static boolean hasLeft(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read(new byte[4096]) < 0;
        } catch (SocketTimeoutException e) {
            return false;
        }
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
    void noAddressWithinIsOpened(String form) throws InterruptedException {
        String url = form.formatted(server.getLocalPort());
        WebImages images =
                new WebImages(
                        new WebImages.Limits(2, 1 << 10, Duration.ofSeconds(5)), new SystemTime());
        assertThat(images.fetched(target(true), in(url), owner).fetched().get(url))
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

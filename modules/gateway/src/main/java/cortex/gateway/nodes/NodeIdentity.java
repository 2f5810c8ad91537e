package cortex.gateway.nodes;

import cortex.core.config.Secret;
import cortex.core.time.SystemTime;
import cortex.core.time.Time;
import cortex.gateway.config.NodeAddress;
import cortex.relay.fleetkey.FleetKey;
import cortex.relay.fleetkey.RequestSigner;
import cortex.relay.pump.EngineClients;
import cortex.relay.pump.UnprovenPeerException;
import cortex.relay.tls.PemFiles;
import cortex.relay.tls.ReloadingTls;
import cortex.relay.tls.TlsFailure;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// Whether whoever has a neuron's address is the neuron: signs what it is asked, checks what proves
/// its answers, and remembers whether that is certain. It is in doubt from each connection that
/// fails until an answer to a question that was asked later is proven, and when the last proof is
/// older than {@link #FRESH}; meanwhile no prompt is sent. Without a key nothing is signed and
/// nothing is in doubt. Safe for use by many threads.
public final class NodeIdentity {
    /// What is said of an answer that proves nothing.
    static final String STRANGER =
            "did not prove that it has the key. Set `key` of its [[neurons]] entry to one of `keys`"
                    + " in its neuron.toml. Other causes: the neuron has no keys, another program"
                    + " answers at the endpoint, or a proxy does not strip the endpoint's path";

    /// What is said of a refusal that proves nothing: a server that is full looks at no request.
    private static final String FULL =
            "answered 503 and did not prove that it has the key: too many connections are open at"
                    + " its port, or another program has its address; its log tells which";

    private static final int UNAVAILABLE = 503;

    /// How long a proof is good for. A neuron that ends closes its idle connections, which the HTTP
    /// client then replaces without a word: whoever has taken the port by then gets the next one.
    static final Duration FRESH = Duration.ofMillis(250);

    private static final long LONGEST_ANSWER = 8L << 20;

    private final URI neuron;
    private final @Nullable SSLContext tls;
    private final Time time;
    private final @Nullable RequestSigner signer;
    private final Duration patience;

    /// How often it came into doubt, which it is from the start.
    private final AtomicLong doubts = new AtomicLong(1);

    /// How many of the doubts a proof came after.
    private final AtomicLong settled = new AtomicLong();

    private volatile long provenAt;

    private NodeIdentity(
            URI neuron,
            @Nullable RequestSigner signer,
            @Nullable SSLContext tls,
            Time time,
            Duration patience) {
        this.neuron = neuron;
        this.tls = tls;
        this.time = time;
        this.signer = signer;
        this.patience = patience;
    }

    /// The neuron at that address. It is asked who it is for `patience` at most.
    ///
    /// @throws cortex.relay.tls.TlsException when its PEM files cannot be used
    public static NodeIdentity of(NodeAddress node, Time time, Duration patience) {
        URI neuron = node.endpoint();
        Secret key = node.key();
        PemFiles files = node.tls();
        return new NodeIdentity(
                neuron,
                key == null ? null : new RequestSigner(new FleetKey(key), neuron, time),
                files == null ? null : new ReloadingTls(files, time).context(),
                time,
                patience);
    }

    /// One of which nothing is asked.
    static NodeIdentity unknown(URI neuron) {
        return new NodeIdentity(neuron, null, null, new SystemTime(), Duration.ZERO);
    }

    /// A client that connects to it within `connect`.
    public HttpClient client(Duration connect) {
        return EngineClients.create(connect, tls);
    }

    /// Whether requests to this URL come to the neuron itself and can be signed for it. An engine
    /// whose own URL a neuron hands out (`direct`) knows no keys.
    public boolean guards(URI url) {
        return signer != null
                && url.getPort() == neuron.getPort()
                && String.valueOf(neuron.getHost()).equalsIgnoreCase(url.getHost());
    }

    /// Whether it is certain by now who has the address.
    public boolean isSure() {
        return signer == null
                || (settled.get() == doubts.get() && time.nanos() - provenAt < FRESH.toNanos());
    }

    /// A connection to it failed: whoever has its address now may be somebody else.
    public void doubt() {
        doubts.incrementAndGet();
    }

    /// A question as it is to be sent, and what its answer has to prove.
    public final class Question {
        private final HttpRequest plain;
        private final RequestSigner.@Nullable Signed signed;
        private final long asked = doubts.get();

        private Question(HttpRequest plain, RequestSigner.@Nullable Signed signed) {
            this.plain = plain;
            this.signed = signed;
        }

        /// The request to send.
        public HttpRequest request() {
            return signed == null ? plain : signed.request();
        }

        /// Whether the answer comes from the neuron; takes note of it.
        public boolean proven(int status, HttpHeaders headers) {
            if (signed == null) {
                return true;
            }
            if (signed.proven(status, headers)) {
                provenAt = time.nanos();
                settled.accumulateAndGet(asked, Math::max);
                return true;
            }
            doubt();
            return false;
        }
    }

    /// Returns what is said of an answer with this status that proves nothing.
    static String unproven(int status) {
        return status == UNAVAILABLE ? FULL : STRANGER;
    }

    /// Makes a question of a request. `body` is what it carries; null when that is not signed.
    public Question ask(HttpRequest request, byte @Nullable [] body) {
        return new Question(request, signer == null ? null : signer.sign(request, body));
    }

    /// Returns when it is certain who has the address; asks if it is not.
    ///
    /// @throws UnprovenPeerException when it is somebody else, or nobody answers
    public void makeSure(HttpClient http) throws UnprovenPeerException, InterruptedException {
        if (isSure()) {
            return;
        }
        HttpRequest health = HttpRequest.newBuilder(URI.create(neuron + "/health")).build();
        Question question = ask(health, null);
        CompletableFuture<HttpResponse<Void>> pending =
                http.sendAsync(
                        question.request(),
                        BodyHandlers.limiting(BodyHandlers.discarding(), LONGEST_ANSWER));
        try {
            HttpResponse<Void> answer = pending.get(patience.toNanos(), TimeUnit.NANOSECONDS);
            if (!question.proven(answer.statusCode(), answer.headers())) {
                throw new UnprovenPeerException(unproven(answer.statusCode()), null);
            }
        } catch (ExecutionException | CancellationException | TimeoutException e) {
            doubt();
            TlsFailure tls = TlsFailure.of(e);
            String text = tls == null ? "does not answer when asked who it is" : tls.text();
            throw new UnprovenPeerException(text, cause(e));
        } finally {
            pending.cancel(true);
        }
    }

    private static Throwable cause(Exception e) {
        return e.getCause() instanceof IOException broken ? broken : e;
    }
}

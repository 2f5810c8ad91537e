package cortex.relay.fleetkey;

import cortex.core.time.Time;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Signs requests to one neuron, so that the key itself never goes over the network, and knows an
/// answer of whoever has the key. Safe for use by many threads.
public final class RequestSigner {
    /// The header of an answer that proves whose it is.
    public static final String PROOF = "cortex-proof";

    private final FleetKey key;
    private final String base;
    private final Time time;

    /// Random once, then counted: nonces need to be different, not secret.
    private final String run = HexFormat.of().toHexDigits(new SecureRandom().nextLong());

    private final AtomicLong count = new AtomicLong();

    /// Signs for the neuron at this base URL; the URL's own path is not part of what is signed,
    /// since whoever forwards it takes it away.
    public RequestSigner(FleetKey key, URI neuron, Time time) {
        this.key = key;
        this.base = neuron.getRawPath() == null ? "" : neuron.getRawPath();
        this.time = time;
    }

    /// A signed request, and what its answer has to prove.
    public final class Signed {
        private final HttpRequest request;
        private final String nonce;

        private Signed(HttpRequest request, String nonce) {
            this.request = request;
            this.nonce = nonce;
        }

        /// The request with its signature.
        public HttpRequest request() {
            return request;
        }

        /// Whether an answer with this status comes from whoever has the key.
        public boolean proven(int status, HttpHeaders headers) {
            String shown = headers.firstValue(PROOF).orElse(null);
            return shown != null && key.signed(Signature.proof(nonce, status), shown);
        }
    }

    /// The request, signed now. `body` is what it carries, or null for a body that is not signed.
    public Signed sign(HttpRequest request, byte @Nullable [] body) {
        String nonce = run + HexFormat.of().toHexDigits(count.incrementAndGet());
        String hash =
                body == null ? Signature.STREAMED : Signature.hex(Signature.sha256().digest(body));
        Signature unsigned = new Signature(time.now().toEpochMilli(), nonce, hash, "");
        String text = Signature.text(request.method(), target(request.uri()), unsigned);
        HttpRequest signed =
                HttpRequest.newBuilder(request, (_, _) -> true)
                        .setHeader("authorization", unsigned.with(key.mac(text)).header())
                        .build();
        return new Signed(signed, nonce);
    }

    private String target(URI uri) {
        String path = uri.getRawPath();
        String below = path.startsWith(base + "/") ? path.substring(base.length()) : path;
        return uri.getRawQuery() == null ? below : below + "?" + uri.getRawQuery();
    }
}

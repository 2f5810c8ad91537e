package cortex.relay.fleetkey;

import cortex.core.config.Secret;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.time.Time;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The keys a neuron takes, each as good as the others, so that one can be replaced without a gap.
/// Safe for use by many threads.
public final class FleetKeys {
    /// How far apart the two clocks may be.
    static final Duration WINDOW = Duration.ofSeconds(60);

    /// Three thousand requests a second; each costs some sixty bytes while it is remembered.
    private static final int REMEMBERED = 400_000;

    private static final String BEARER = "bearer ";

    private final List<FleetKey> keys;
    private final Time time;
    private final Nonces nonces;

    /// Takes these keys.
    public FleetKeys(List<Secret> keys, Time time) {
        this.keys = keys.stream().map(FleetKey::new).toList();
        this.time = time;
        this.nonces = new Nonces(REMEMBERED, WINDOW.multipliedBy(2), time.nanos());
    }

    /// Whether there are none, so that nobody can show one.
    public boolean isEmpty() {
        return keys.isEmpty();
    }

    /// A request, as far as it is signed.
    ///
    /// @param target path and query as they were sent
    /// @param once whether the request must not come a second time
    /// @param whole whether its body, if it has one, must be signed
    public record Call(String method, String target, boolean once, boolean whole) {}

    /// What a request has shown. `problem` is why it is refused, null when it is let in. `key` is
    /// the one it shows, null when it shows none.
    public static final class Shown {
        private final @Nullable String problem;
        private final @Nullable FleetKey key;
        private final @Nullable Signature signature;

        private Shown(
                @Nullable String problem, @Nullable FleetKey key, @Nullable Signature signature) {
            this.problem = problem;
            this.key = key;
            this.signature = signature;
        }

        /// Why the request is refused, as a sentence that says what to do; null when it is not.
        public @Nullable String problem() {
            return problem;
        }

        /// Whether a key was shown, be it in a request that is refused for another reason.
        public boolean known() {
            return key != null;
        }

        /// The proof for an answer of this status; null when the request asks for none.
        public @Nullable String proof(int status) {
            return key == null || signature == null
                    ? null
                    : key.mac(Signature.proof(signature.nonce(), status));
        }

        /// Whether the body is not among what was signed.
        public boolean bodyUnsigned() {
            return signature != null && signature.body().equals(Signature.STREAMED);
        }

        /// The body as it was signed; reading its end fails when it is another one.
        public InputStream checked(InputStream body) {
            return signature == null || bodyUnsigned()
                    ? body
                    : new SignedBody(body, signature.body());
        }
    }

    /// What a request shows by its `authorization` header.
    public Shown check(@Nullable String authorization, Call call) {
        if (authorization == null) {
            return nothing(
                    "This is a neuron, not a gateway, and it wants a key. For a gateway, set key in"
                        + " its [[neurons]] entry of cortex.toml to one of keys in neuron.toml. By"
                        + " hand, send it as 'Authorization: Bearer KEY'.");
        }
        if (authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return bearer(authorization.substring(BEARER.length()).strip());
        }
        if (!Signature.isMeant(authorization)) {
            return nothing("Send one of the neuron's keys as 'Authorization: Bearer KEY'.");
        }
        Signature signature = Signature.parse(authorization);
        return signature == null
                ? nothing("The Authorization header is not well formed.")
                : signed(signature, call);
    }

    private static Shown nothing(String problem) {
        return new Shown(problem, null, null);
    }

    /// Looks at every key, whichever is right.
    private Shown bearer(String shown) {
        FleetKey right = null;
        for (FleetKey key : keys) {
            right = key.is(shown) ? key : right;
        }
        return right == null ? unknown() : new Shown(null, right, null);
    }

    private static Shown unknown() {
        return nothing(
                "The key is not one of keys in this neuron's neuron.toml. Set key in its"
                        + " [[neurons]] entry of cortex.toml to one of them.");
    }

    private Shown signed(Signature signature, Call call) {
        String text = Signature.text(call.method, call.target, signature);
        FleetKey right = null;
        for (FleetKey key : keys) {
            right = key.signed(text, signature.mac()) ? key : right;
        }
        if (right == null) {
            return unknown();
        }
        return new Shown(problem(signature, call), right, signature);
    }

    private @Nullable String problem(Signature signature, Call call) {
        Instant now = time.now();
        Duration ahead = Duration.between(now, Instant.ofEpochMilli(signature.time()));
        if (ahead.abs().compareTo(WINDOW) > 0) {
            return ("The request was signed %d s %s by this neuron's clock, which shows %s; up to"
                            + " %d s are taken. Set the clocks of both hosts (timedatectl shows"
                            + " whether NTP does).")
                    .formatted(
                            ahead.abs().toSeconds(),
                            ahead.isNegative() ? "ago" : "in the future",
                            now,
                            WINDOW.toSeconds());
        }
        if (call.whole && signature.body().equals(Signature.STREAMED)) {
            return "The request has a body that is not signed; a gateway of this version signs it.";
        }
        if (!call.once) {
            return null;
        }
        return switch (nonces.see(signature.nonce(), time.nanos())) {
            case NEW -> null;
            case SEEN -> "This very request was taken before; sign each one anew.";
            case FULL -> "Too many requests at once; try again.";
        };
    }

    /// Fails at its end when it is not what was signed. Nobody may act on it before.
    private static final class SignedBody extends FilterInputStream {
        private final MessageDigest digest = Signature.sha256();
        private final String expected;
        private boolean ended;

        SignedBody(InputStream origin, String expected) {
            super(origin);
            this.expected = expected;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int n = super.read(into, offset, length);
            if (n > 0) {
                digest.update(into, offset, n);
            } else if (n < 0 && !ended) {
                ended = true;
                if (!Signature.hex(digest.digest()).equals(expected)) {
                    throw new FailureException(
                            new Failure.Unauthorized("The body is not the one that was signed."));
                }
            }
            return n;
        }
    }
}

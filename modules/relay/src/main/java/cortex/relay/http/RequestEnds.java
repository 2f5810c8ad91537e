package cortex.relay.http;

import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.concurrency.limits.LimitAlgorithm;
import java.util.Optional;

/// Lets every request through, and tells a connection's watch when one is over: of all that the
/// library calls, only its limit is called after the rest of a request's body was dropped and
/// before the next head is read.
final class RequestEnds implements Limit, LimitAlgorithm.Token {
    private final ClientWatch watch;
    private final Outcome accepted = Outcome.immediateAcceptance("connection", "none", this);

    RequestEnds(ClientWatch watch) {
        this.watch = watch;
    }

    @Override
    public Outcome tryAcquireOutcome(boolean wait) {
        return accepted;
    }

    @Override
    @SuppressWarnings("removal")
    public Optional<Token> tryAcquire() {
        return Optional.of(this);
    }

    @Override
    @SuppressWarnings("removal")
    public Optional<Token> tryAcquire(boolean wait) {
        return Optional.of(this);
    }

    @Override
    public void success() {
        watch.requestIsOver();
    }

    /// The connection ends, so there is no next request.
    @Override
    public void dropped() {}

    @Override
    public void ignore() {
        success();
    }

    @Override
    public Limit copy() {
        return this;
    }

    @Override
    public String name() {
        return "connection";
    }

    @Override
    public String type() {
        return "none";
    }
}

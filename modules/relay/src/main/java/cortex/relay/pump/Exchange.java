package cortex.relay.pump;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.time.SystemTime;
import cortex.core.time.Time;
import cortex.relay.tls.TlsFailure;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One request to an engine and its response. Closing it, or cancelling it from any thread, closes
/// the engine's connection unless the response was read to its end.
///
/// A response that is an event stream arrives with its headers; any other arrives when it is whole,
/// or when {@link #HOLD} bytes of it are here.
///
/// Sent a second time, once, is a request whose connection ended at once and without a byte of
/// response: engines close connections that were idle, and the HTTP client finds out only by using
/// one (llama-server: after 5 s). Later than {@link #STALE_NANOS} the engine may have been at work
/// on it, and it is not sent again.
public final class Exchange implements AutoCloseable {
    /// From this size on, a body that is no event stream is relayed as it comes.
    static final long HOLD = 256 << 10;

    private static final long STALE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final Time CLOCK = new SystemTime();

    private final HttpClient client;
    private final HttpRequest request;
    private final Peer peer;
    private final long sentAt = CLOCK.nanos();
    private final Thread sender = Thread.ofVirtual().name("exchange").unstarted(this::run);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private @Nullable EngineAnswer answer;

    @GuardedBy("lock")
    private @Nullable Throwable problem;

    @GuardedBy("lock")
    private boolean cancelled;

    /// What has begun to come; it is the answer as soon as its body may be read.
    @GuardedBy("lock")
    private @Nullable EngineAnswer arriving;

    private volatile boolean unproven;

    private Exchange(HttpClient client, HttpRequest request, Peer peer) {
        this.client = client;
        this.request = request;
        this.peer = peer;
    }

    /// Sends the request; does not wait for anything. The request's body may be asked for twice.
    public static Exchange send(HttpClient client, HttpRequest request) {
        return send(client, request, Peer.ANYBODY);
    }

    /// The same to somebody who has to prove who it is: `peer` prepares each sending of the request
    /// and checks the answer's head, and nothing of an answer that proves nothing is used.
    public static Exchange send(HttpClient client, HttpRequest request, Peer peer) {
        Exchange exchange = new Exchange(client, request, peer);
        exchange.sender.start();
        return exchange;
    }

    /// Sends in the blocking way, on a thread of the exchange's own. The client's asynchronous way
    /// takes each answer through the common pool, which costs more than a virtual thread.
    private void run() {
        EngineAnswer response = null;
        Throwable failed = null;
        try {
            response = sendOnceOrTwice();
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            failed = e;
        }
        lock.lock();
        try {
            answer = response;
            problem = failed;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private EngineAnswer sendOnceOrTwice() throws IOException, InterruptedException {
        try {
            return sendOnce();
        } catch (IOException e) {
            boolean quick = CLOCK.nanos() - sentAt < STALE_NANOS;
            if (!quick || !endedWithoutAByte(e) || isGivenUpOrAnswered()) {
                throw e;
            }
            return sendAgain(e);
        }
    }

    /// Where nobody listens any more, the engine ended with the first connection: it has seen the
    /// request.
    private EngineAnswer sendAgain(IOException first) throws IOException, InterruptedException {
        try {
            return sendOnce();
        } catch (IOException e) {
            throw isConnectFailure(e) ? first : e;
        }
    }

    private EngineAnswer sendOnce() throws IOException, InterruptedException {
        HttpRequest prepared = peer.prepare(request);
        try {
            EngineBody body = client.send(prepared, this::accept).body();
            if (unproven) {
                body.close();
                throw new UnprovenPeerException("did not prove who it is", null);
            }
            return Objects.requireNonNull(arriving());
        } catch (IOException e) {
            EngineAnswer torn = tornStream(e);
            if (torn != null) {
                return torn;
            }
            if (!isCancelled()) {
                peer.lost();
            }
            throw e;
        }
    }

    /// A stream that has begun is an answer however soon it broke off: the client tells of the end
    /// at once, and what the engine said before it, as of what it died, is read from the body.
    private @Nullable EngineAnswer tornStream(IOException end) {
        EngineAnswer begun = arriving();
        if (begun == null || unproven || !begun.isEventStream()) {
            return null;
        }
        begun.body().end(end);
        return begun;
    }

    private @Nullable EngineAnswer arriving() {
        lock.lock();
        try {
            return arriving;
        } finally {
            lock.unlock();
        }
    }

    private boolean isCancelled() {
        lock.lock();
        try {
            return cancelled;
        } finally {
            lock.unlock();
        }
    }

    /// Waits up to `atMost` for the response; null when it has not come. May be called again.
    ///
    /// @throws EngineException UNREACHABLE, UNSAFE, BROKEN or CANCELLED
    public @Nullable EngineAnswer await(Duration atMost)
            throws EngineException, InterruptedException {
        long left = atMost.toNanos();
        lock.lockInterruptibly();
        try {
            while (true) {
                if (cancelled) {
                    throw given(problem);
                }
                if (problem != null) {
                    throw failure(problem, arriving == null);
                }
                if (answer != null || left <= 0) {
                    return answer;
                }
                left = PatientWait.await(lock, changed, left);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Gives the exchange up: closes the engine's connection, before or after its headers. Who
    /// waits for the response or reads its body gets {@link EngineException.Kind#CANCELLED}. Does
    /// nothing once the response was read to its end.
    public void cancel() {
        boolean waits;
        EngineAnswer reading;
        lock.lock();
        try {
            cancelled = true;
            waits = answer == null && problem == null;
            reading = arriving;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (waits) {
            sender.interrupt();
        }
        if (reading != null) {
            reading.body().close();
        }
    }

    @Override
    public void close() {
        cancel();
    }

    private HttpResponse.BodySubscriber<EngineBody> accept(HttpResponse.ResponseInfo head) {
        unproven = !peer.proves(head);
        boolean stream = EngineAnswer.isEventStream(head.headers());
        EngineBody body = new EngineBody(unproven || stream ? 0 : HOLD);
        boolean late;
        lock.lock();
        try {
            arriving = new EngineAnswer(head.statusCode(), head.headers(), body);
            late = cancelled;
        } finally {
            lock.unlock();
        }
        if (late) {
            body.close();
        }
        return new BodyIntake(body);
    }

    private boolean isGivenUpOrAnswered() {
        lock.lock();
        try {
            return cancelled || arriving != null;
        } finally {
            lock.unlock();
        }
    }

    /// How the JDK's client says it: an end of file, or a reset, "received no bytes".
    private static boolean endedWithoutAByte(Throwable cause) {
        String said = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        return cause instanceof IOException
                && !isConnectFailure(cause)
                && (said.contains("received no bytes")
                        || said.contains("eof reached")
                        || said.contains("connection reset")
                        || said.contains("broken pipe"));
    }

    private static boolean isConnectFailure(Throwable cause) {
        return cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException;
    }

    private static EngineException failure(Throwable cause, boolean unanswered) {
        if (isConnectFailure(cause)) {
            return new EngineException(
                    EngineException.Kind.UNREACHABLE, "cannot be connected to", cause);
        }
        TlsFailure tls = unanswered ? TlsFailure.of(cause) : null;
        if (tls != null && (tls.early() || cause instanceof UnprovenPeerException)) {
            return new EngineException(EngineException.Kind.UNSAFE, tls.text(), cause);
        }
        if (cause instanceof UnprovenPeerException) {
            return new EngineException(
                    EngineException.Kind.UNREACHABLE, String.valueOf(cause.getMessage()), cause);
        }
        return new EngineException(
                EngineException.Kind.BROKEN, "broke off before its answer was complete", cause);
    }

    private static EngineException given(@Nullable Throwable cause) {
        return new EngineException(EngineException.Kind.CANCELLED, "given up", cause);
    }
}

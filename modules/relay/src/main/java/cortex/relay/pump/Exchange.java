package cortex.relay.pump;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.time.SystemTime;
import cortex.core.time.Time;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
    private final long sentAt = CLOCK.nanos();
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private CompletableFuture<HttpResponse<EngineBody>> answer;

    @GuardedBy("lock")
    private boolean cancelled;

    @GuardedBy("lock")
    private @Nullable EngineBody body;

    private boolean resent;

    private Exchange(HttpClient client, HttpRequest request) {
        this.client = client;
        this.request = request;
        this.answer = client.sendAsync(request, this::accept);
    }

    /// Sends the request; does not wait for anything. The request's body may be asked for twice.
    public static Exchange send(HttpClient client, HttpRequest request) {
        return new Exchange(client, request);
    }

    /// Waits up to `atMost` for the response; null when it has not come. May be called again.
    ///
    /// @throws EngineException UNREACHABLE, BROKEN or CANCELLED
    public @Nullable HttpResponse<EngineBody> await(Duration atMost)
            throws EngineException, InterruptedException {
        long deadline = CLOCK.nanos() + atMost.toNanos();
        while (true) {
            try {
                long left = Math.max(0, deadline - CLOCK.nanos());
                return current().get(left, TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                return null;
            } catch (CancellationException e) {
                throw given(e);
            } catch (ExecutionException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                if (!resend(cause)) {
                    throw failure(cause);
                }
            }
        }
    }

    /// Gives the exchange up: closes the engine's connection, before or after its headers. Who
    /// waits for the response or reads its body gets {@link EngineException.Kind#CANCELLED}. Does
    /// nothing once the response was read to its end.
    public void cancel() {
        CompletableFuture<HttpResponse<EngineBody>> open;
        EngineBody reading;
        lock.lock();
        try {
            cancelled = true;
            open = answer;
            reading = body;
        } finally {
            lock.unlock();
        }
        open.cancel(true);
        if (reading != null) {
            reading.close();
        }
    }

    @Override
    public void close() {
        cancel();
    }

    private HttpResponse.BodySubscriber<EngineBody> accept(HttpResponse.ResponseInfo head) {
        EngineBody arriving = new EngineBody(isEventStream(head) ? 0 : HOLD);
        boolean late;
        lock.lock();
        try {
            body = arriving;
            late = cancelled;
        } finally {
            lock.unlock();
        }
        if (late) {
            arriving.close();
        }
        return new BodyIntake(arriving);
    }

    private static boolean isEventStream(HttpResponse.ResponseInfo head) {
        return head.headers()
                .firstValue("content-type")
                .filter(type -> type.toLowerCase(Locale.ROOT).startsWith("text/event-stream"))
                .isPresent();
    }

    private CompletableFuture<HttpResponse<EngineBody>> current() {
        lock.lock();
        try {
            return answer;
        } finally {
            lock.unlock();
        }
    }

    private boolean resend(Throwable cause) {
        boolean quick = CLOCK.nanos() - sentAt < STALE_NANOS;
        if (resent || !quick || !endedWithoutAByte(cause) || isGivenUpOrAnswered()) {
            return false;
        }
        resent = true;
        CompletableFuture<HttpResponse<EngineBody>> again = client.sendAsync(request, this::accept);
        lock.lock();
        try {
            answer = again;
            if (!cancelled) {
                return true;
            }
        } finally {
            lock.unlock();
        }
        again.cancel(true);
        return true;
    }

    private boolean isGivenUpOrAnswered() {
        lock.lock();
        try {
            return cancelled || body != null;
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

    private EngineException failure(Throwable cause) {
        lock.lock();
        try {
            if (cancelled) {
                return given(cause);
            }
        } finally {
            lock.unlock();
        }
        if (isConnectFailure(cause)) {
            return new EngineException(
                    EngineException.Kind.UNREACHABLE, "cannot be connected to", cause);
        }
        return new EngineException(
                EngineException.Kind.BROKEN, "broke off before its answer was complete", cause);
    }

    private static EngineException given(Throwable cause) {
        return new EngineException(EngineException.Kind.CANCELLED, "given up", cause);
    }
}

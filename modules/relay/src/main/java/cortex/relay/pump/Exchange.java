package cortex.relay.pump;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// One request to an engine and its response. Closing it, or cancelling it from any thread, closes
/// the engine's connection unless the response was read to its end.
public final class Exchange implements AutoCloseable {
    private final CompletableFuture<HttpResponse<InputStream>> answer;
    private volatile @Nullable HttpResponse<EngineBody> response;
    private volatile boolean cancelled;

    private Exchange(CompletableFuture<HttpResponse<InputStream>> answer) {
        this.answer = answer;
    }

    /// Sends the request; does not wait for anything.
    public static Exchange send(HttpClient client, HttpRequest request) {
        return new Exchange(client.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream()));
    }

    /// Waits up to `atMost` for the response's status and headers; null when they have not come.
    /// May be called again.
    public @Nullable HttpResponse<EngineBody> await(Duration atMost)
            throws EngineException, InterruptedException {
        try {
            HttpResponse<InputStream> head = answer.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
            HttpResponse<EngineBody> ready = new EngineResponse(head, new EngineBody(head.body()));
            response = ready;
            return ready;
        } catch (TimeoutException e) {
            return null;
        } catch (CancellationException e) {
            throw new EngineException(EngineException.Kind.CANCELLED, "cancelled", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cancelled) {
                throw new EngineException(EngineException.Kind.CANCELLED, "cancelled", cause);
            }
            if (cause instanceof ConnectException) {
                throw new EngineException(EngineException.Kind.UNREACHABLE, "refused", cause);
            }
            throw new EngineException(EngineException.Kind.BROKEN, "broke off", cause);
        }
    }

    /// Gives the exchange up: closes the engine's connection, before or after its headers. A reader
    /// of the body, or who waits for the response, gets {@link EngineException.Kind#CANCELLED}.
    public void cancel() {
        cancelled = true;
        answer.cancel(true);
        HttpResponse<EngineBody> head = response;
        if (head != null) {
            try {
                head.body().close();
            } catch (IOException e) {
                System.getLogger(Exchange.class.getName())
                        .log(System.Logger.Level.DEBUG, "closing an engine's response", e);
            }
        }
    }

    @Override
    public void close() {
        cancel();
    }
}

package cortex.gateway.metrics;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.config.Secret;
import cortex.core.time.Time;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Serves `GET /metrics` on the metrics' own port, where there is a key to whoever shows it: as a
/// Bearer token, or as the password of any user, as Prometheus can send both.
public final class MetricsPage implements Handler {
    private static final HeaderName CHALLENGE = HeaderNames.create("www-authenticate");

    /// How often the page is made at most; each takes some milliseconds of a core.
    private static final Duration AGAIN = Duration.ofMillis(50);

    private final GatewayMetrics metrics;
    private final @Nullable Secret key;
    private final Time time;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private byte @Nullable [] page;

    @GuardedBy("lock")
    private long begun;

    /// Shows `metrics`; without a key to everybody.
    public MetricsPage(GatewayMetrics metrics, @Nullable Secret key, Time time) {
        this.metrics = metrics;
        this.key = key;
        this.time = time;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        String shown = request.headers().first(HeaderNames.AUTHORIZATION).orElse("");
        if (key != null && !isKey(key, shown)) {
            response.status(401).header(CHALLENGE, "Bearer, Basic realm=\"metrics\"");
            response.send("The metrics take [gateway] metrics_key as a Bearer token.\n");
            return;
        }
        response.header(HeaderNames.CONTENT_TYPE, GatewayMetrics.CONTENT_TYPE);
        response.send(page());
    }

    /// Returns the page as it is now: made for one who asks, and shared by all who have asked
    /// before that began.
    byte[] page() {
        long asked = time.nanos();
        lock.lock();
        try {
            byte[] made = page;
            if (made == null || begun - asked <= 0) {
                if (made != null) {
                    time.sleep(AGAIN.minusNanos(time.nanos() - begun));
                }
                begun = time.nanos();
                made = metrics.scrape().getBytes(StandardCharsets.UTF_8);
                page = made;
            }
            return made;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CloseConnectionException("the server stops", e);
        } finally {
            lock.unlock();
        }
    }

    private static boolean isKey(Secret key, String authorization) {
        int space = authorization.indexOf(' ');
        String scheme = authorization.substring(0, Math.max(0, space)).toLowerCase(Locale.ROOT);
        String rest = authorization.substring(space + 1).strip();
        String shown =
                switch (scheme) {
                    case "bearer" -> rest;
                    case "basic" -> password(rest);
                    default -> "";
                };
        return MessageDigest.isEqual(
                key.reveal().getBytes(StandardCharsets.UTF_8),
                shown.getBytes(StandardCharsets.UTF_8));
    }

    private static String password(String encoded) {
        try {
            String pair = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
            return pair.substring(pair.indexOf(':') + 1);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}

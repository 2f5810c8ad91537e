package cortex.gateway.media;

import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Finds hosts' addresses on a few threads of its own: the system's resolver holds the thread that
/// asks it for as long as it likes, and no request may wait so long. Safe for use by many threads.
final class Lookups {
    private static final int THREADS = 4;
    private static final int WAITING = 256;
    private static final int IDLE_SECONDS = 30;

    private final WebImages.Resolver resolver;
    private final ThreadPoolExecutor threads =
            new ThreadPoolExecutor(
                    THREADS,
                    THREADS,
                    IDLE_SECONDS,
                    TimeUnit.SECONDS,
                    new ArrayBlockingQueue<>(WAITING),
                    Thread.ofPlatform().daemon().name("image-lookups").factory());

    /// By way of `resolver`.
    Lookups(WebImages.Resolver resolver) {
        this.resolver = resolver;
        threads.allowCoreThreadTimeOut(true);
    }

    /// The addresses of `host`, if they are found within `nanos` and before `owner` gives up.
    ///
    /// @throws SocketTimeoutException when they are not found in time
    /// @throws IOException when there are none
    List<InetAddress> find(String host, long nanos, WebImages.Owner owner)
            throws IOException, InterruptedException {
        try {
            Future<List<InetAddress>> found = threads.submit(() -> resolver.resolve(host));
            owner.onCancel(() -> found.cancel(true));
            try {
                return found.get(nanos, TimeUnit.NANOSECONDS);
            } finally {
                found.cancel(true);
            }
        } catch (TimeoutException | RejectedExecutionException e) {
            throw new SocketTimeoutException("its address was not found in time");
        } catch (CancellationException e) {
            throw new IOException("the request was given up", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownHostException unknown) {
                throw unknown;
            }
            throw new IOException("its address cannot be found", e);
        }
    }
}

package cortex.gateway.media;

import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Closes sockets whose time is up, whatever is being done with them: a read's own timeout begins
/// anew with each byte. One thread for all, which is there while there are any. Safe for use by
/// many threads.
final class Deadlines {
    private static final System.Logger LOG = System.getLogger(Deadlines.class.getName());
    private static final int IDLE_SECONDS = 30;

    private final ScheduledThreadPoolExecutor timer =
            new ScheduledThreadPoolExecutor(
                    1, Thread.ofPlatform().daemon().name("image-deadlines").factory());

    Deadlines() {
        timer.setRemoveOnCancelPolicy(true);
        timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
    }

    /// One socket's time; closing it calls it off.
    @FunctionalInterface
    interface Deadline extends AutoCloseable {
        @Override
        void close();
    }

    /// Closes a socket after so many milliseconds unless that is called off.
    Deadline after(int millis, Socket socket) {
        ScheduledFuture<?> end = timer.schedule(() -> close(socket), millis, TimeUnit.MILLISECONDS);
        return () -> end.cancel(false);
    }

    /// Closes a socket, whoever is using it.
    static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "giving up an image", e);
        }
    }
}

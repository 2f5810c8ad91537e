package cortex.relay.http;

import cortex.core.config.HostPort;
import cortex.relay.connection.Connections;
import cortex.relay.connection.Listener;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

/// A server that listens. Closing it is the graceful stop.
public final class RunningServer implements AutoCloseable {
    private final Listener listener;
    private final Connections connections;
    private final HostPort address;
    private final Duration drainGrace;

    RunningServer(
            Listener listener, Connections connections, HostPort address, Duration drainGrace) {
        this.listener = listener;
        this.connections = connections;
        this.address = address;
        this.drainGrace = drainGrace;
    }

    /// Where it really listens: the port is never 0.
    public HostPort address() {
        return address;
    }

    /// Completes, with a sentence for the log, when the server does not listen any more although
    /// nobody closed it: then the program had better end, so that it is started again.
    public CompletableFuture<String> broken() {
        return listener.broken();
    }

    /// Waits until one of the servers is broken; gives its sentence.
    public static String awaitBroken(RunningServer... servers) throws InterruptedException {
        CompletableFuture<?>[] all =
                Stream.of(servers).map(RunningServer::broken).toArray(CompletableFuture[]::new);
        try {
            return String.valueOf(CompletableFuture.anyOf(all).get());
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Takes no new connections; requests on those there are go on.
    public void stopListening() {
        listener.close();
    }

    /// Stops listening at once, lets running requests end within the drain grace, then cuts them.
    /// Returns when that is done; stopping again does nothing.
    @Override
    public void close() {
        listener.close();
        connections.drain(drainGrace);
        connections.close();
    }
}

package cortex.relay.http;

import cortex.core.time.Time;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Closes the connections of clients that keep a server waiting: the library has no read timeout of
/// its own on NIO sockets. Owns the set of a server's open connections and one thread.
final class SlowClients implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(SlowClients.class.getName());
    private static final Duration LONGEST_PERIOD = Duration.ofSeconds(1);
    private static final Duration SHORTEST_PERIOD = Duration.ofMillis(20);

    private final Set<ClientWatch> open = ConcurrentHashMap.newKeySet();
    private final ServerSettings.Patience patience;
    private final Time time;
    private final Thread thread;

    SlowClients(ServerSettings settings, Time time) {
        this.patience = settings.patience();
        this.time = time;
        this.thread =
                Thread.ofVirtual().name("slow-clients-" + settings.listen()).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    void add(ClientWatch watch) {
        open.add(watch);
    }

    void remove(ClientWatch watch) {
        open.remove(watch);
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run() {
        try {
            while (true) {
                time.sleep(period());
                long now = time.nanos();
                for (ClientWatch watch : open) {
                    if (watch.isOverdue(now, patience)) {
                        LOG.log(System.Logger.Level.DEBUG, "closing a connection that waits");
                        watch.cut();
                    }
                }
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "the server has stopped");
        }
    }

    private Duration period() {
        Duration quarter = shortest().dividedBy(4);
        if (quarter.compareTo(LONGEST_PERIOD) > 0) {
            return LONGEST_PERIOD;
        }
        return quarter.compareTo(SHORTEST_PERIOD) < 0 ? SHORTEST_PERIOD : quarter;
    }

    private Duration shortest() {
        Duration shortest = patience.idle();
        if (patience.slowRequest().compareTo(shortest) < 0) {
            shortest = patience.slowRequest();
        }
        return patience.stalledRead().compareTo(shortest) < 0 ? patience.stalledRead() : shortest;
    }
}

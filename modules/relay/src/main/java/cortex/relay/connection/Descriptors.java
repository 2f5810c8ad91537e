package cortex.relay.connection;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/// How many files and sockets this process may have open.
public final class Descriptors {
    private static final System.Logger LOG = System.getLogger(Descriptors.class.getName());

    /// What the process needs besides connections: log files, jars, engines' pipes, the state.
    private static final long SPARE = 32;

    /// What a port beside the main one may have, such as the one for metrics.
    private static final int MOST_BESIDE = 64;

    private Descriptors() {}

    /// As many connections as a port beside the main one takes: 64, or a sixteenth of what the
    /// process may open.
    public static int beside() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof UnixOperatingSystemMXBean system
                ? beside(system.getMaxFileDescriptorCount())
                : MOST_BESIDE;
    }

    static int beside(long limit) {
        return Math.clamp(limit / 16, 1, MOST_BESIDE);
    }

    /// As many of the wanted connections as the process may open, at least one; says so in the log
    /// when it is fewer. A relayed request takes two: the client's and the engine's.
    public static int fit(int wanted) {
        if (!(ManagementFactory.getOperatingSystemMXBean()
                instanceof UnixOperatingSystemMXBean system)) {
            return wanted;
        }
        long limit = system.getMaxFileDescriptorCount();
        int fitting = fit(wanted, limit, system.getOpenFileDescriptorCount());
        if (fitting < wanted) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "max_connections is "
                            + wanted
                            + ", but this process may open only "
                            + limit
                            + " files: it takes "
                            + fitting
                            + " connections. Raise LimitNOFILE of its unit, or ulimit -n.");
        }
        return fitting;
    }

    static int fit(int wanted, long limit, long open) {
        return Math.clamp((limit - open - SPARE - beside(limit)) / 2, 1, wanted);
    }
}

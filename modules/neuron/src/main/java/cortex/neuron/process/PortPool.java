package cortex.neuron.process;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/// Owns which loopback ports engines have. A port stays reserved until released, whether or not its
/// engine listens yet; ports in use by anyone else are skipped. Safe for use by many threads.
public final class PortPool {
    private static final int ANY_TRIES = 50;

    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Set<Integer> reserved = new HashSet<>();

    /// Reserves the lowest free port from `first` to `last`, both included.
    ///
    /// @throws IOException when all are taken
    public int reserve(int first, int last) throws IOException {
        for (int port = first; port <= last; port++) {
            if (take(port)) {
                if (free(port)) {
                    return port;
                }
                release(port);
            }
        }
        throw new IOException(
                "no port from "
                        + first
                        + " to "
                        + last
                        + " is free; widen port_range of the harness in neuron.toml");
    }

    /// Reserves any port that the system calls free.
    ///
    /// @throws IOException when there is none
    public int reserveAny() throws IOException {
        for (int i = 0; i < ANY_TRIES; i++) {
            int port;
            try (ServerSocket socket = bind(0)) {
                port = socket.getLocalPort();
            }
            if (take(port)) {
                return port;
            }
        }
        throw new IOException("no port is free");
    }

    /// Reserves the port of an engine that already listens there.
    public void claim(int port) {
        take(port);
    }

    /// Gives a port back; does nothing when it is not reserved.
    public void release(int port) {
        lock.lock();
        try {
            reserved.remove(port);
        } finally {
            lock.unlock();
        }
    }

    private boolean take(int port) {
        lock.lock();
        try {
            return reserved.add(port);
        } finally {
            lock.unlock();
        }
    }

    private static boolean free(int port) {
        try (ServerSocket socket = bind(port)) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    private static ServerSocket bind(int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }
}

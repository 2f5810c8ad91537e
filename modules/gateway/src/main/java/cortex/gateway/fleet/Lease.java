package cortex.gateway.fleet;

import org.jspecify.annotations.Nullable;

/// Is the right of one request to one replica, closed exactly once (closing again does nothing).
public interface Lease extends AutoCloseable {
    /// Returns the replica to send the request to.
    ReplicaRef replica();

    /// Returns how many of the engine's slots the request may take; null when the engine does not
    /// tell how many it has.
    @Nullable Integer slots();

    /// Tells the fleet that the engine could not be reached or broke off, so that the next request
    /// is not sent there before the node has confirmed it. Does not close the lease.
    void engineGone(String reason);

    /// Tells the fleet that the engine answered with a failure of its own. Does not close the
    /// lease.
    void engineFailed(String reason);

    /// Notes that the engine answered the request, so that the fleet trusts it again. Does not
    /// close the lease.
    void answered();

    /// Gives the right back.
    @Override
    void close();
}

package cortex.gateway.fleet;

import cortex.gateway.fleet.view.Progress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Is one request's position in the fleet's queue, from the asking until the grant is taken.
/// Closing it without having taken the lease leaves the queue; a lease granted meanwhile is closed
/// at once.
public interface Ticket extends AutoCloseable {
    /// Waits up to `atMost` for the lease; null when it is not granted yet. Once returned, the
    /// lease belongs to the caller and closing the ticket does nothing.
    ///
    /// @throws cortex.core.failure.FailureException when the fleet refuses the request
    /// @throws InterruptedException when interrupted while waiting
    @Nullable Lease await(Duration atMost) throws InterruptedException;

    /// Returns whether the request had to wait for a load. Final once the lease is taken.
    boolean coldStart();

    /// Returns how far the model is: what the request waits for, where, and about how long still.
    Progress progress();

    /// Returns what was decided about the load this request waits for and what became of it, in
    /// words, the oldest first.
    List<Note> notes();

    /// Is what happened in the fleet at a time, in monotonic nanoseconds.
    record Note(long at, String text) {}

    /// Leaves the queue. May be called from any thread; who waits on the ticket is woken with null.
    @Override
    void close();
}

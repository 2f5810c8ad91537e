package cortex.neuron.replica;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.node.HarnessHealth;
import cortex.core.time.Time;
import cortex.neuron.harness.EngineFailedException;
import cortex.neuron.harness.Harness;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/// One restart of a harness, on the caller's thread: no request enters its models any more, those
/// in flight may end, the models leave, the process is restarted. Holds no lock.
final class Restarting {
    private static final System.Logger LOG = System.getLogger(Restarting.class.getName());
    private static final Duration POLL = Duration.ofMillis(20);

    private final ReplicaBook book;
    private final Harness harness;
    private final Time time;
    private final Consumer<Replica> leave;

    /// `leave` waits until a replica is gone whose engine is left as it is.
    Restarting(ReplicaBook book, Harness harness, Time time, Consumer<Replica> leave) {
        this.book = book;
        this.harness = harness;
        this.time = time;
        this.leave = leave;
    }

    /// @throws ReplicaBusyException when only an idle harness was to be restarted
    /// @throws FailureException `EngineError` when the restart failed
    HarnessHealth.Restarted run(boolean onlyIfIdle, Duration drain) {
        long from = time.nanos();
        List<Replica> leaving = book.beginRestart(harness, onlyIfIdle);
        boolean done = false;
        int cycles;
        String note;
        try {
            long until = from + drain.toNanos();
            while (leaving.stream().anyMatch(book::busy) && time.nanos() < until) {
                time.sleep(POLL);
            }
            leaving.forEach(leave);
            note = harness.restart(book.gone(harness));
            done = true;
        } catch (EngineFailedException e) {
            String what = "The harness '" + harness.name() + "' could not be restarted: ";
            throw new FailureException(
                    new Failure.EngineError(500, what + e.getMessage(), "restart_failed"), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailureException(new Failure.ShuttingDown(), e);
        } finally {
            cycles = book.endRestart(harness, done);
        }
        LOG.log(
                System.Logger.Level.INFO,
                "harness {0} restarted; cycles before: {1}{2}",
                harness.name(),
                String.valueOf(cycles),
                note == null ? "" : ": " + note);
        return new HarnessHealth.Restarted("restarted", cycles, (time.nanos() - from) / 1e9, note);
    }
}

package cortex.neuron.replica;

import cortex.core.time.Time;
import cortex.neuron.harness.EngineFailedException;
import cortex.neuron.harness.Harness;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Finds out that a ready engine is frozen, though its process lives, and ends it: one that says
/// nothing for as long as its harness allows, to the neuron or to a client; or one that has
/// requests and makes no progress by its own count. On a thread of its own, from ready to gone.
final class EngineWatch {
    private static final System.Logger LOG = System.getLogger(EngineWatch.class.getName());

    /// An engine is asked so often within the silence it is allowed.
    private static final int LOOKS = 6;

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final ReplicaBook book;
    private final Replica replica;
    private final Harness.Engine engine;
    private final Harness.Limits limits;
    private final Time time;
    private long answeredAt;
    private long progressAt;
    private @Nullable Long work;

    private EngineWatch(
            ReplicaBook book,
            Replica replica,
            Harness.Engine engine,
            Harness.Limits limits,
            Time time) {
        this.book = book;
        this.replica = replica;
        this.engine = engine;
        this.limits = limits;
        this.time = time;
    }

    /// Watches a replica's engine, which is ready, until it is gone; not one whose harness watches
    /// by itself.
    static void start(ReplicaHost.Parts parts, Replica replica, Harness.Engine engine) {
        Harness.Limits limits = replica.harness.limits();
        if (limits != null) {
            var watch = new EngineWatch(parts.book(), replica, engine, limits, parts.time());
            Thread.ofVirtual().name("watch-" + replica.id).start(watch::run);
        }
    }

    private void run() {
        Duration each = limits.silence().dividedBy(LOOKS);
        Duration pause = each.compareTo(LONGEST_PAUSE) < 0 ? each : LONGEST_PAUSE;
        answeredAt = time.nanos();
        progressAt = answeredAt;
        try {
            while (!replica.gone.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                String frozen = frozen(engine.life());
                if (frozen != null && book.frozen(replica, frozen)) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "replica {0}: {1}; ending it",
                            replica.id,
                            frozen);
                    engine.abort();
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (EngineFailedException e) {
            LOG.log(System.Logger.Level.ERROR, "replica " + replica.id + ": " + e.getMessage(), e);
        }
    }

    private @Nullable String frozen(Harness.Life life) {
        long now = time.nanos();
        if (life.answers()) {
            answeredAt = now;
        }
        boolean idle = life.told() && life.work() == null;
        boolean got = life.told() && life.work() != null && !life.work().equals(work);
        if (idle || got || (!life.told() && work == null)) {
            progressAt = now;
        }
        if (life.told()) {
            work = life.work();
        }
        Long heard = replica.heardAt;
        long lastSign = heard != null && heard - answeredAt > 0 ? heard : answeredAt;
        if (now - lastSign > limits.silence().toNanos()) {
            return "the engine is frozen: it has not answered for " + seconds(now - lastSign);
        }
        return life.answers() && now - progressAt > limits.work().toNanos()
                ? "the engine is frozen: its requests made no progress for "
                        + seconds(now - progressAt)
                : null;
    }

    private static String seconds(long nanos) {
        return Duration.ofNanos(nanos).toSeconds() + " s";
    }
}

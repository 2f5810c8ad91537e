package cortex.gateway.deadly;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.failure.Failure;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/// Owns what is remembered of engines that were killed (signal 9): by an operator, who has nothing
/// against the requests, or by the kernel for want of memory, for which a request may be the cause.
/// So one that was alone in such an engine is tried again only when its client has had answers, and
/// once; equal ones that are there time and again are taken for the cause. Bounded. Safe for use by
/// many threads.
final class Kills {
    /// So often somebody kills by chance the engine in which equal requests are alone.
    private static final int BY_CHANCE = 2;

    private static final int MOST = 1024;

    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<String, Past> alone = new BoundedMap<>(MOST);

    /// How often equal requests were alone in an engine that was killed.
    private record Past(int times, long until) {}

    /// What is to be thought of a request.
    enum Verdict {
        /// It may be tried again elsewhere.
        AGAIN,
        /// It may be the cause, and is not tried again.
        SUSPECT,
        /// It is the cause.
        GUILTY
    }

    /// Whether an engine was killed, and did not die by itself.
    static boolean killed(Failure.EngineDied died) {
        return died.ending().equals("the engine ended (signal 9)");
    }

    /// An engine was killed while an equal request was in it, with `inEngine` in all; remembered
    /// until `until`. Its client may be `proven` by answers.
    Verdict note(String key, int inEngine, boolean proven, long now, long until) {
        if (inEngine > 1) {
            return Verdict.AGAIN;
        }
        lock.lock();
        try {
            Past before = alone.remove(key);
            int times = before != null && before.until - now > 0 ? before.times + 1 : 1;
            alone.put(key, new Past(times, until));
            if (times > BY_CHANCE) {
                return Verdict.GUILTY;
            }
            return times == 1 && proven ? Verdict.AGAIN : Verdict.SUSPECT;
        } finally {
            lock.unlock();
        }
    }
}

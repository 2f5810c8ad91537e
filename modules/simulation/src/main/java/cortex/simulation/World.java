package cortex.simulation;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/// A simulated world's clock, its one source of chance, what is going to happen in it, and the
/// record of what has.
final class World {
    final SplittableRandom random;
    private final long seed;

    /// The chance of what people do by hand, so that it changes no other.
    final SplittableRandom hands;

    private final PriorityQueue<Planned> agenda =
            new PriorityQueue<>(
                    Comparator.comparingLong(Planned::at).thenComparingLong(Planned::number));
    private final Deque<String> log = new ArrayDeque<>();
    private final int linesKept;
    private long now = Duration.ofSeconds(100).toNanos();
    private long planned;
    private long jumpedAt = Long.MIN_VALUE;

    /// Whether things still go wrong; false while the fleet is given time to settle at the end.
    private boolean faults = true;

    /// A world that remembers the last `linesKept` lines of what happened.
    World(long seed, int linesKept) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.hands = new SplittableRandom(~seed);
        this.linesKept = linesKept;
    }

    private record Planned(long at, long number, Runnable what) {}

    /// What everything in this world comes from.
    long seed() {
        return seed;
    }

    long now() {
        return now;
    }

    /// Plans something for later.
    void after(long nanos, Runnable what) {
        agenda.add(new Planned(now + Math.max(0, nanos), planned++, what));
    }

    /// Lets the next thing happen; what is overdue after a jump of the clock happens late.
    void step() {
        Planned next = agenda.poll();
        if (next == null) {
            throw new Violation("nothing is left to happen");
        }
        now = Math.max(now, next.at);
        next.what.run();
    }

    /// Moves the clock without anything happening.
    void jump(long nanos) {
        now += nanos;
        jumpedAt = now;
    }

    /// When the clock last jumped.
    long jumpedAt() {
        return jumpedAt;
    }

    boolean faults() {
        return faults;
    }

    void calm() {
        faults = false;
    }

    /// True once in so many times, never when faults are over.
    boolean fault(int onceIn) {
        return faults && random.nextInt(onceIn) == 0;
    }

    boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    /// Nanoseconds between two bounds in milliseconds.
    long millis(int from, int to) {
        return Duration.ofMillis(random.nextInt(from, to)).toNanos();
    }

    /// Nanoseconds around a mean in milliseconds, mostly short, at times long.
    long about(int meanMillis) {
        return (long) (-Math.log(1 - random.nextDouble()) * meanMillis * 1e6);
    }

    <T> T oneOf(List<T> some) {
        return some.get(random.nextInt(some.size()));
    }

    void log(Supplier<String> line) {
        if (linesKept > 0) {
            log.add(String.format(Locale.ROOT, "%10.3f %s", now / 1e9, line.get()));
            if (log.size() > linesKept) {
                log.removeFirst();
            }
        }
    }

    List<String> lines() {
        return List.copyOf(log);
    }
}

package cortex.neuron.replica;

import java.time.Duration;

/// How long a model that failed rests before it may be started again: 1 s, doubling to 1 min. Pure.
final class Backoff {
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(1);

    /// A replica that served for so long did not fail to start; its next failure is a first one.
    static final Duration HEALTHY = Duration.ofMinutes(1);

    private Backoff() {}

    /// The rest after the `failures`-th failure in a row, counted from 1; none after 0.
    static Duration after(int failures) {
        if (failures <= 0) {
            return Duration.ZERO;
        }
        int doublings = Math.clamp(failures - 1L, 0, 10);
        Duration rest = FIRST.multipliedBy(1L << doublings);
        return rest.compareTo(LONGEST) < 0 ? rest : LONGEST;
    }
}

package cortex.neuron.process;

import cortex.core.time.Time;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Ends an engine and everything it started: TERM, TERM again after 2 s (or two thirds of `grace`
/// when that is less), KILL when `grace` is over, and a look whether all are gone. The second TERM
/// is for llama-server, which may wait for its running requests for ever after the first and ends
/// at once after the second.
public record StopSequence(Duration grace, Time time) {
    private static final Duration AGAIN_AFTER = Duration.ofSeconds(2);
    private static final Duration KILLED_WITHIN = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(10);

    /// Ends `main`, what descends from it or is of its session, and whatever carries the mark of
    /// `replica`; null `main` is one that is gone already. Returns who is still there: nobody,
    /// unless the kernel keeps a killed process (in uninterruptible sleep).
    public Set<ProcessIdentity> run(String replica, @Nullable ProcessIdentity main)
            throws InterruptedException {
        Duration first = grace.multipliedBy(2).dividedBy(3);
        if (first.compareTo(AGAIN_AFTER) > 0) {
            first = AGAIN_AFTER;
        }
        Set<ProcessIdentity> left = family(replica, main);
        left = signalAndWait(left, ProcessHandle::destroy, first);
        if (!left.isEmpty()) {
            left = signalAndWait(left, ProcessHandle::destroy, grace.minus(first));
        }
        left.addAll(family(replica, main));
        if (!left.isEmpty()) {
            left = signalAndWait(left, ProcessHandle::destroyForcibly, KILLED_WITHIN);
        }
        return left;
    }

    private Set<ProcessIdentity> signalAndWait(
            Set<ProcessIdentity> targets, Consumer<ProcessHandle> signal, Duration wait)
            throws InterruptedException {
        for (ProcessIdentity target : targets) {
            ProcessHandle handle = target.handle();
            if (handle != null) {
                signal.accept(handle);
            }
        }
        Set<ProcessIdentity> left = new LinkedHashSet<>(targets);
        long until = time.nanos() + wait.toNanos();
        left.removeIf(target -> !target.alive());
        while (!left.isEmpty() && time.nanos() < until) {
            time.sleep(POLL);
            left.removeIf(target -> !target.alive());
        }
        return left;
    }

    private static Set<ProcessIdentity> family(String replica, @Nullable ProcessIdentity main) {
        Set<ProcessIdentity> family = new LinkedHashSet<>();
        ProcessHandle handle = main == null ? null : main.handle();
        if (main != null && handle != null) {
            family.add(main);
            family.addAll(MarkedProcesses.inSessionOf(main));
            handle.descendants()
                    .forEach(child -> {
                        ProcessIdentity identity = ProcessIdentity.of(child.pid());
                        if (identity != null) {
                            family.add(identity);
                        }
                    });
        }
        family.addAll(MarkedProcesses.of(replica));
        return family;
    }
}

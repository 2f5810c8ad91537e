package cortex.relay.connection;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Finds connections whose request's body does not come, the longest silent first: they give way
/// when nobody without a request does. Looks through all connections now and then only, and keeps
/// what it found, so that a flood of newcomers does not pay for a search each. For its owner's
/// lock.
final class SilentClients {
    /// How often all connections are looked through at most.
    private static final long AGAIN = Duration.ofMillis(20).toNanos();

    private final ArrayDeque<Connection> found = new ArrayDeque<>();
    private @Nullable Long lookedAt;

    /// Takes the one that has been silent for longest, already given up.
    ///
    /// @param of which of all connections count
    /// @return null when there is none
    @Nullable Connection next(Collection<Connection> all, Predicate<Connection> of, long now) {
        Connection next = giveUp(all, now);
        if (next == null && (lookedAt == null || now - lookedAt > AGAIN)) {
            lookedAt = now;
            look(all, of, now);
            next = giveUp(all, now);
        }
        return next;
    }

    private @Nullable Connection giveUp(Collection<Connection> all, long now) {
        for (Connection first; (first = found.poll()) != null; ) {
            boolean stillSilent = all.contains(first) && first.overdue(now) > 0;
            if (stillSilent && first.giveUpOverdue(now)) {
                return first;
            }
        }
        return null;
    }

    private void look(Collection<Connection> all, Predicate<Connection> of, long now) {
        record Silent(Connection connection, long nanos) {}
        List<Silent> silent = new ArrayList<>();
        for (Connection connection : all) {
            long nanos = connection.overdue(now);
            if (nanos > 0 && of.test(connection)) {
                silent.add(new Silent(connection, nanos));
            }
        }
        silent.sort(Comparator.comparingLong(Silent::nanos).reversed());
        silent.forEach(one -> found.add(one.connection));
    }
}

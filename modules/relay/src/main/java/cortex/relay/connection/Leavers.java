package cortex.relay.connection;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Finds the connections that give way to newcomers, in order. A stranger is a connection whose
/// last request showed no key. Strangers go before known ones, and of each kind the one that has
/// held its place longest without being served. Where strangers have less than a quarter of the
/// places, known ones that do nothing go before a stranger that has only just come: a newcomer with
/// a key is a stranger too, until its first request has come. So a crowd without keys takes from
/// known ones at rest a quarter at most, and these never keep a newcomer out. Looks through all
/// connections now and then only, so that a flood of newcomers does not pay for a search each. For
/// its owner's lock.
final class Leavers {
    /// How long a search holds good.
    private static final long AGAIN = Duration.ofMillis(20).toNanos();

    /// Up to so many connections a search costs next to nothing.
    private static final int FEW = 256;

    private final int minRate;
    private final ArrayDeque<Found> found = new ArrayDeque<>();
    private @Nullable Long lookedAt;
    private int lastFound;

    private record Found(Connection connection, boolean known, Connection.Hold hold) {}

    /// Finds them by what a client at work does.
    ///
    /// @param minRate bytes a second that it sends or takes; 0 for any
    Leavers(int minRate) {
        this.minRate = minRate;
    }

    /// Takes the next one, already given up; null when there is none.
    @Nullable Connection next(Collection<Connection> all, long now) {
        Long before = lookedAt;
        if (before != null && now - before <= AGAIN) {
            Connection next = giveUp(all, now, true);
            if (next != null || (all.size() > FEW && lastFound <= all.size() / 8)) {
                return next;
            }
        }
        look(all, now);
        return giveUp(all, now, false);
    }

    /// An older search says who goes first of the strangers, since those that have come after it
    /// have held their places for a shorter time; whether all strangers have gone it does not say.
    private @Nullable Connection giveUp(
            Collection<Connection> all, long now, boolean strangersOnly) {
        for (Found first; (first = found.peek()) != null; ) {
            boolean unjudged = first.hold.kind() == Connection.Kind.UNJUDGED;
            if (strangersOnly && (first.known || unjudged)) {
                return null;
            }
            found.remove();
            if (all.contains(first.connection)
                    && first.connection.giveWay(now, minRate, unjudged)) {
                return first.connection;
            }
        }
        return null;
    }

    private void look(Collection<Connection> all, long now) {
        lookedAt = now;
        found.clear();
        List<Found> leaving = new ArrayList<>();
        int known = 0;
        for (Connection connection : all) {
            boolean isKnown = connection.isKnown();
            known += isKnown ? 1 : 0;
            Connection.Hold hold = connection.hold(now, minRate);
            if (hold != null) {
                leaving.add(new Found(connection, isKnown, hold));
            }
        }
        if (known == 0) {
            leaving.removeIf(one -> one.hold.kind() == Connection.Kind.UNJUDGED);
        }
        boolean few = all.size() - known < Crowd.share(all.size());
        leaving.sort(
                Comparator.<Found>comparingInt(one -> turn(one, few))
                        .thenComparing(one -> one.hold.nanos(), Comparator.reverseOrder()));
        found.addAll(leaving);
        lastFound = leaving.size();
    }

    private static int turn(Found one, boolean fewStrangers) {
        return switch (one.hold.kind()) {
            case IDLE -> one.known ? (fewStrangers ? 1 : 4) : 0;
            case MOMENT -> one.known ? 5 : 2;
            case UNJUDGED -> 3;
        };
    }
}

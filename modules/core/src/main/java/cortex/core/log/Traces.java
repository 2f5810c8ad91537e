package cortex.core.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/// Writes stack traces short, and each kind of them once in a while: whoever makes a program fail
/// as often as he likes must not fill its disk. Safe for use by many threads.
final class Traces {
    private static final Duration INTERVAL = Duration.ofMinutes(1);
    private static final int KINDS = 64;
    private static final int CAUSES = 6;
    private static final int FRAMES = 24;
    private static final int SAID = 500;

    private final ReentrantLock lock = new ReentrantLock();

    /// When a trace of each kind was written last; the longest ago first.
    @GuardedBy("lock")
    private final Map<Kind, Instant> written = new LinkedHashMap<>();

    private record Kind(String type, String place) {}

    /// What to write of `thrown`, which was logged at `now`.
    String of(Throwable thrown, Instant now) {
        if (!isDue(kind(thrown), now)) {
            return said(thrown) + " (its trace was logged less than a minute ago)";
        }
        StringBuilder text = new StringBuilder();
        Throwable next = thrown;
        List<StackTraceElement> outer = List.of();
        for (int i = 0; i < CAUSES && next != null; i++) {
            text.append(i == 0 ? "" : "\nCaused by: ").append(said(next));
            List<StackTraceElement> frames = List.of(next.getStackTrace());
            append(text, frames, common(frames, outer));
            outer = frames;
            next = next.getCause();
        }
        return text.append(next == null ? "" : "\nCaused by more").toString();
    }

    private static Kind kind(Throwable thrown) {
        StackTraceElement[] frames = thrown.getStackTrace();
        return new Kind(
                thrown.getClass().getName(), frames.length == 0 ? "" : frames[0].toString());
    }

    private boolean isDue(Kind kind, Instant now) {
        lock.lock();
        try {
            Instant before = written.get(kind);
            if (before != null && before.plus(INTERVAL).isAfter(now)) {
                return false;
            }
            written.remove(kind);
            written.put(kind, now);
            if (written.size() > KINDS) {
                written.remove(new ArrayList<>(written.keySet()).getFirst());
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private static String said(Throwable thrown) {
        String said = thrown.toString();
        return said.length() <= SAID ? said : said.substring(0, SAID) + "…";
    }

    private static void append(StringBuilder text, List<StackTraceElement> frames, int common) {
        int shown = Math.min(FRAMES, frames.size() - common);
        for (StackTraceElement frame : frames.subList(0, shown)) {
            text.append("\n\tat ").append(frame);
        }
        if (shown < frames.size()) {
            text.append("\n\t... ").append(frames.size() - shown).append(" more");
        }
    }

    /// How many of the last frames are the outer throwable's too.
    private static int common(List<StackTraceElement> frames, List<StackTraceElement> outer) {
        int same = 0;
        while (same < Math.min(frames.size(), outer.size())
                && frames.get(frames.size() - 1 - same)
                        .equals(outer.get(outer.size() - 1 - same))) {
            same++;
        }
        return same;
    }
}

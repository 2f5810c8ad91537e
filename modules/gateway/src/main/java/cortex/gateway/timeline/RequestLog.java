package cortex.gateway.timeline;

import cortex.core.time.Time;
import cortex.relay.http.RefusalLog;

/// Writes one line for each request that ended. Those for which no engine was asked for an answer,
/// as failures and counts of tokens, cost a client next to nothing: of one client's with one
/// outcome as many are written as a {@link RefusalLog} takes. Safe for use by many threads.
public final class RequestLog {
    private static final System.Logger LOG = System.getLogger("cortex.requests");

    private final RefusalLog cheap;

    /// An empty log.
    public RequestLog(Time time) {
        this.cheap = new RefusalLog(time);
    }

    /// Writes the line of a request that ended at `now`, unless there are too many of its kind.
    public void write(RequestTimeline timeline, long now) {
        String kind = timeline.cheap();
        if (kind == null) {
            timeline.line(now).log(LOG, System.Logger.Level.INFO);
        } else {
            cheap.write(kind, timeline.line(now));
        }
    }
}

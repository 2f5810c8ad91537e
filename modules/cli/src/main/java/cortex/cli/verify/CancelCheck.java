package cortex.cli.verify;

import cortex.cli.dialect.Dialect;
import cortex.cli.dialect.Events;
import cortex.cli.dialect.Reading;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongPredicate;
import tools.jackson.databind.JsonNode;

/// A client that leaves in the middle of a stream frees its place: the requests in flight, as the
/// gateway tells them, are soon as many as before.
final class CancelCheck {
    private static final int LONG = 4096;
    private static final int BEGINNING = 5;
    private static final Duration SEEN = Duration.ofSeconds(3);
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Asking asking;
    private final Dialect dialect;

    CancelCheck(Asking asking, Dialect dialect) {
        this.asking = asking;
        this.dialect = dialect;
    }

    String run() throws Unfulfilled, InterruptedException {
        long before = inFlight();
        String body =
                dialect.body(asking.ask(AnswerChecks.ENDLESS, LONG).streamed(true)).toString();
        try (Api.Stream stream = asking.api().open(dialect.path(), body, asking.patience())) {
            if (stream.status() != 200) {
                throw Unfulfilled.failed("the stream was refused with " + stream.status());
            }
            Events events = new Events(stream.in(), new Reading());
            for (int i = 0; i < BEGINNING; i++) {
                if (events.next() == null) {
                    throw Unfulfilled.notShown("the model's answer was over at once");
                }
            }
            if (waited(SEEN, now -> now > before) < 0) {
                throw Unfulfilled.notShown("the model's answer was over before it was left");
            }
        } catch (IOException e) {
            throw Unfulfilled.failed("the stream broke off: " + e.getMessage());
        }
        Duration atMost = asking.patience().compareTo(LONGEST) < 0 ? asking.patience() : LONGEST;
        long freed = waited(atMost, now -> now <= before);
        if (freed < 0) {
            throw Unfulfilled.failed(
                    "%d requests are still in flight %d s after the client left; %d were before"
                            .formatted(inFlight(), atMost.toSeconds(), before));
        }
        return String.format(Locale.ROOT, "free again after %.2f s", freed / 1e9);
    }

    /// How many nanoseconds it took until `wanted` was true of the requests in flight; negative
    /// when it did not become so.
    private long waited(Duration atMost, LongPredicate wanted)
            throws Unfulfilled, InterruptedException {
        long begin = asking.api().time().nanos();
        while (!wanted.test(inFlight())) {
            if (asking.api().time().nanos() - begin > atMost.toNanos()) {
                return -1;
            }
            asking.api().time().sleep(PAUSE);
        }
        return asking.api().time().nanos() - begin;
    }

    private long inFlight() throws Unfulfilled, InterruptedException {
        Api.Answer answer = asking.api().get("/admin/fleet");
        if (!answer.ok()) {
            throw Unfulfilled.skipped("/admin/fleet answers " + answer.status());
        }
        long sum = 0;
        for (JsonNode replica : answer.json().path("replicas")) {
            if (replica.path("model").asString("").equals(asking.model())) {
                sum += replica.path("in_flight").asLong();
            }
        }
        return sum;
    }
}

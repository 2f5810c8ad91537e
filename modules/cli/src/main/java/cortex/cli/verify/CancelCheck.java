package cortex.cli.verify;

import cortex.cli.dialect.Dialect;
import cortex.cli.dialect.Events;
import cortex.cli.dialect.Reading;
import cortex.core.config.problem.FileTrouble;
import cortex.core.log.Quantity;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongPredicate;
import tools.jackson.databind.JsonNode;

/// Clients that leave in the middle of their streams, as many as one client may have at once, free
/// their places: the requests in flight, as the gateway tells them, are soon as many as before, and
/// the next answer does not wait for an engine that goes on with what nobody reads.
final class CancelCheck {
    private static final int LONG = 4096;
    private static final int BEGINNING = 5;

    /// More streams at once than this are not worth the trouble.
    private static final int MOST = 8;

    private static final Duration SEEN = Duration.ofSeconds(3);
    private static final Duration LONGEST = Duration.ofSeconds(10);

    /// Less than an engine needs for all that was asked of it.
    private static final Duration NEXT = Duration.ofSeconds(20);

    private static final Duration PAUSE = Duration.ofMillis(50);

    private final ModelClient client;
    private final Dialect dialect;
    private final String model;

    /// Checks the model whose replicas go by this name in the fleet.
    CancelCheck(ModelClient client, Dialect dialect, String model) {
        this.client = client;
        this.dialect = dialect;
        this.model = model;
    }

    /// What the gateway says of the model's replicas: requests in flight, and how many their
    /// engines take at once.
    private record Load(long inFlight, long slots) {}

    String run() throws Unfulfilled, InterruptedException {
        Duration usual = answered(client.patience());
        Load before = load();
        int left = leave(before);
        long freed = waited(atMost(LONGEST), now -> now <= before.inFlight());
        if (freed < 0) {
            throw Unfulfilled.failed(
                    "%d requests are still in flight %d s after the client left; %d were before"
                            .formatted(
                                    load().inFlight(),
                                    atMost(LONGEST).toSeconds(),
                                    before.inFlight()));
        }
        Duration patience = usual.multipliedBy(3);
        patience = atMost(patience.compareTo(NEXT) < 0 ? NEXT : patience);
        try {
            answered(patience);
        } catch (Unfulfilled e) {
            throw Unfulfilled.failed(
                    "the engine seems to go on with what was left: after that " + e.why());
        }
        return String.format(
                Locale.ROOT,
                "%s left, free after %.2f s",
                Quantity.of(left, "stream"),
                freed / 1e9);
    }

    /// How long a short answer took.
    private Duration answered(Duration patience) throws Unfulfilled, InterruptedException {
        long begin = client.api().time().nanos();
        String body = dialect.body(client.prompt(AnswerChecks.HELLO, 1)).toString();
        Api.Answer answer = client.api().post(dialect.path(), body, patience);
        if (!answer.ok()) {
            throw Unfulfilled.failed(answer.refusal());
        }
        return Duration.ofNanos(client.api().time().nanos() - begin);
    }

    /// Begins as many streams as there is room for and leaves them all; returns how many. The last
    /// of several slots is kept for other clients.
    private int leave(Load before) throws Unfulfilled, InterruptedException {
        List<Api.Stream> streams = new ArrayList<>();
        try {
            long kept = before.slots() > 1 ? 1 : 0;
            long room = Math.clamp(before.slots() - before.inFlight() - kept, 1, MOST);
            for (int i = 0; i < room; i++) {
                streams.add(opened());
            }
            for (Api.Stream stream : streams) {
                begun(stream);
            }
            if (waited(SEEN, now -> now > before.inFlight()) < 0) {
                throw Unfulfilled.notShown(
                        "not tested: the answer ended before the client hung up");
            }
            return streams.size();
        } finally {
            streams.forEach(Api.Stream::close);
        }
    }

    private Api.Stream opened() throws Unfulfilled, InterruptedException {
        String body =
                dialect.body(client.prompt(AnswerChecks.ENDLESS, LONG).streamed(true)).toString();
        return client.api().open(dialect.path(), body, client.patience());
    }

    private static void begun(Api.Stream stream) throws Unfulfilled {
        if (stream.status() != 200) {
            throw Unfulfilled.failed("the stream was refused with " + stream.status());
        }
        Events events = new Events(stream.in(), new Reading());
        try {
            for (int i = 0; i < BEGINNING; i++) {
                if (events.next() == null) {
                    throw Unfulfilled.notShown("the model's answer was over at once");
                }
            }
        } catch (IOException e) {
            throw Unfulfilled.failed("the stream broke off: " + FileTrouble.words(e));
        }
    }

    private Duration atMost(Duration time) {
        return client.patience().compareTo(time) < 0 ? client.patience() : time;
    }

    /// How many nanoseconds it took until `wanted` was true of the requests in flight; negative
    /// when it did not become so.
    private long waited(Duration atMost, LongPredicate wanted)
            throws Unfulfilled, InterruptedException {
        long begin = client.api().time().nanos();
        while (!wanted.test(load().inFlight())) {
            if (client.api().time().nanos() - begin > atMost.toNanos()) {
                return -1;
            }
            client.api().time().sleep(PAUSE);
        }
        return client.api().time().nanos() - begin;
    }

    private Load load() throws Unfulfilled, InterruptedException {
        Api.Answer answer = client.api().get("/admin/fleet");
        if (!answer.ok()) {
            throw Unfulfilled.skipped("/admin/fleet answers " + answer.status());
        }
        long inFlight = 0;
        long slots = 0;
        for (JsonNode replica : answer.json().path("replicas")) {
            if (replica.path("model").asString("").equals(model)) {
                inFlight += replica.path("in_flight").asLong(0);
                slots += replica.path("slots").asLong(1);
            }
        }
        return new Load(inFlight, slots);
    }
}

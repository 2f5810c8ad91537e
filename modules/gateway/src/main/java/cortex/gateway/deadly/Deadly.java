package cortex.gateway.deadly;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.failure.Limit;
import cortex.core.time.Time;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Owns what is remembered of requests that ended engines, and of the clients they came from.
///
/// A request that was alone in an engine when it died is condemned, and so is one that was in an
/// engine at two deaths: an equal one is refused for a while, whoever sends it. One that was there
/// once among others is only suspected, and goes on being served.
///
/// The client of a condemned request is held off from the model, longer each time, so that others
/// are served meanwhile. When requests of several clients were there, {@link Death} tells who is
/// held off.
///
/// Bounded; forgotten after `memory`. While nothing is remembered of deaths a request costs a
/// volatile read, and its end a look into a table. Safe for use by many threads.
public final class Deadly {
    private static final System.Logger LOG = System.getLogger(Deadly.class.getName());

    private static final int MOST_REQUESTS = 1024;
    private static final int MOST_CLIENTS = 4096;
    private static final int UNPROCESSABLE = 422;

    /// How long a client is held off after its first, second, … such death. An engine needs some
    /// seconds to be back; only then others are served.
    private static final Duration[] HOLDS = {
        Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofMinutes(2), Duration.ofMinutes(10)
    };

    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final ReentrantLock lock = new ReentrantLock();
    private final RequestMark marks = new RequestMark();
    private final Duration memory;
    private final Time time;

    /// Whether there was a death, and until when it is of consequence.
    private volatile @Nullable Long alertUntil;

    @GuardedBy("lock")
    private final Map<String, Past> requests = bounded(MOST_REQUESTS);

    @GuardedBy("lock")
    private final Map<Client, Standing> clients = bounded(MOST_CLIENTS);

    /// The last death of each model's engines.
    @GuardedBy("lock")
    private final Map<String, Death> deaths = bounded(MOST_REQUESTS);

    /// One that forgets after `memory`; zero: it remembers nothing.
    public Deadly(Duration memory, Time time) {
        this.memory = memory;
        this.time = time;
    }

    /// A request: on which route, for which model, whose, and the mark of its body.
    public record Request(String route, String model, String client, String mark) {
        private String key() {
            return route + ' ' + model + ' ' + mark;
        }
    }

    /// What is known of an equal request. `ending` is null while it is only suspected.
    private record Past(@Nullable String ending, Death death, Instant at, long until) {}

    /// A client, as far as one model goes.
    record Client(String name, String model) {}

    /// What equal bodies have in common; works over all of it.
    public String mark(byte[] body) {
        return memory.isZero() ? "" : marks.of(body);
    }

    /// Lets a request pass, or says why not.
    ///
    /// @throws FailureException when an equal request ended an engine, or requests of this client
    ///   did just now
    public void check(Request request) {
        Long until = alertUntil;
        long now = time.nanos();
        if (until == null || until - now <= 0) {
            return;
        }
        @Nullable Failure refusal = null;
        lock.lock();
        try {
            Past past = requests.get(request.key());
            Standing standing = clients.get(new Client(request.client(), request.model()));
            if (past != null && past.ending() != null && past.until() - now > 0) {
                refusal = condemned(request.model(), past, now);
            } else if (standing != null && standing.held(now)) {
                refusal = held(request.model(), standing.holdLeft(now));
            }
        } finally {
            lock.unlock();
        }
        if (refusal != null) {
            throw new FailureException(refusal);
        }
    }

    /// The engine died while the request was in it, with `died.requests()` in all.
    public void died(Request request, Failure.EngineDied died) {
        if (memory.isZero()) {
            return;
        }
        long now = time.nanos();
        var client = new Client(request.client(), request.model());
        boolean condemned;
        Map<Client, Duration> holds = new LinkedHashMap<>();
        lock.lock();
        try {
            Death death = death(request.model(), died.requests(), now);
            Past before = requests.remove(request.key());
            boolean again = before != null && before.until() - now > 0 && before.death() != death;
            condemned = died.requests() == 1 || again;
            String ending = condemned ? died.ending() : null;
            requests.put(
                    request.key(), new Past(ending, death, time.now(), now + memory.toNanos()));
            death.suspect(client, standing(client));
            for (Client guilty : death.guilty(client, condemned, died.requests())) {
                holds.put(guilty, hold(guilty, now));
            }
            alert(now + memory.toNanos());
        } finally {
            lock.unlock();
        }
        LOG.log(
                System.Logger.Level.WARNING,
                "{0} of {1} (requests in it: {2}); one of them was {3} of {4}{5}",
                died.ending(),
                request.model(),
                died.requests(),
                request.mark(),
                request.client(),
                (condemned ? "; equal requests are refused" : "") + words(holds));
    }

    private static String words(Map<Client, Duration> holds) {
        StringBuilder words = new StringBuilder();
        holds.forEach((client, hold) ->
                words.append("; ")
                        .append(client.name())
                        .append(" is held off for ")
                        .append(hold.toSeconds())
                        .append(" s"));
        return words.toString();
    }

    /// A request was answered.
    public void answered(Request request) {
        if (memory.isZero()) {
            return;
        }
        lock.lock();
        try {
            standing(new Client(request.client(), request.model())).answered();
        } finally {
            lock.unlock();
        }
    }

    /// What is told of deaths within a moment is of the same one, until all are told of that were
    /// in the engine.
    @GuardedBy("lock")
    private Death death(String model, int inEngine, long now) {
        Death last = deaths.get(model);
        if (last == null || !last.goesOn(inEngine, now)) {
            last = new Death(now);
            deaths.put(model, last);
        }
        return last;
    }

    @GuardedBy("lock")
    private Standing standing(Client client) {
        Standing standing = clients.remove(client);
        if (standing == null) {
            standing = new Standing();
        }
        clients.put(client, standing);
        return standing;
    }

    @GuardedBy("lock")
    private Duration hold(Client client, long now) {
        Standing standing = standing(client);
        Duration hold = HOLDS[Math.min(standing.strikes(), HOLDS.length - 1)];
        standing.strike(now + hold.toNanos());
        alert(now + hold.toNanos());
        return hold;
    }

    @GuardedBy("lock")
    private void alert(long until) {
        Long before = alertUntil;
        if (before == null || until - before > 0) {
            alertUntil = until;
        }
    }

    private static Failure condemned(String model, Past past, long now) {
        String text =
                ("This request ended the engine of '%s' at %s: %s. It is refused for another %d s;"
                                + " change it, or ask the operator.")
                        .formatted(
                                model,
                                CLOCK.format(past.at()),
                                past.ending(),
                                seconds(Duration.ofNanos(past.until() - now)));
        return new Failure.Unsupported(UNPROCESSABLE, text, "request_ended_engine");
    }

    private static Failure held(String model, Duration left) {
        String text =
                ("Requests of yours ended the engine of '%s'. Others are served first: try again in"
                                + " %d s, with another request.")
                        .formatted(model, seconds(left));
        return new Failure.Overloaded(text, left, Limit.CLIENT);
    }

    private static long seconds(Duration left) {
        return Math.max(1, left.plusMillis(999).toSeconds());
    }

    /// Forgets the eldest beyond `most`.
    private static <K, V> Map<K, V> bounded(int most) {
        return new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > most;
            }
        };
    }
}

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
/// The client of a condemned request is held off from the model, longer each time; so that its next
/// such request does not end the engine again while others are served. A client that was there only
/// among others is held off when more than a third of what it sent ended so.
///
/// Bounded, and forgotten after `memory`. Empty, as it mostly is, it costs a request one volatile
/// read. Safe for use by many threads.
public final class Deadly {
    private static final System.Logger LOG = System.getLogger(Deadly.class.getName());

    private static final int MOST_REQUESTS = 1024;
    private static final int MOST_CLIENTS = 4096;
    private static final int UNPROCESSABLE = 422;

    /// A share of one death to so many answers is a bystander's.
    private static final int ANSWERS_A_DEATH = 2;

    /// How long a client is held off after its first, second, … such death.
    private static final Duration[] HOLDS = {
        Duration.ofSeconds(2), Duration.ofSeconds(10), Duration.ofMinutes(1), Duration.ofMinutes(5)
    };

    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final ReentrantLock lock = new ReentrantLock();
    private final RequestMark marks = new RequestMark();
    private final Duration memory;
    private final Time time;
    private volatile boolean empty = true;

    @GuardedBy("lock")
    private final Map<String, Past> requests = bounded(MOST_REQUESTS);

    @GuardedBy("lock")
    private final Map<Client, Blame> clients = bounded(MOST_CLIENTS);

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

    /// What equal bodies have in common; works over all of it.
    public String mark(byte[] body) {
        return memory.isZero() ? "" : marks.of(body);
    }

    /// What is known of an equal request. `ending` is null while it is only suspected.
    private record Past(int deaths, @Nullable String ending, Instant at, long until) {}

    private record Client(String client, String model) {}

    private static final class Blame {
        int deaths;
        int answers;
        int strikes;
        long heldUntil;
        long until;
    }

    /// Lets a request pass, or says why not.
    ///
    /// @throws FailureException when an equal request ended an engine, or requests of this client
    ///   did just now
    public void check(Request request) {
        if (empty) {
            return;
        }
        long now = time.nanos();
        @Nullable Failure refusal;
        lock.lock();
        try {
            expire(now);
            Past past = requests.get(request.key());
            Blame blame = clients.get(new Client(request.client(), request.model()));
            refusal =
                    past != null && past.ending() != null
                            ? condemned(request.model(), past, now)
                            : blame != null && blame.heldUntil - now > 0
                                    ? held(request.model(), Duration.ofNanos(blame.heldUntil - now))
                                    : null;
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
        boolean alone = died.requests() == 1;
        Duration hold;
        boolean condemned;
        lock.lock();
        try {
            expire(now);
            Past before = requests.remove(request.key());
            int deaths = before == null ? 1 : before.deaths() + 1;
            condemned = alone || deaths >= 2;
            String ending = condemned ? died.ending() : null;
            requests.put(
                    request.key(), new Past(deaths, ending, time.now(), now + memory.toNanos()));
            hold = blame(request, condemned, now);
            empty = false;
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
                (condemned ? "; equal requests are refused" : "")
                        + (hold.isZero() ? "" : "; the client waits " + hold.toSeconds() + " s"));
    }

    /// A request came to its end.
    public void answered(Request request) {
        if (empty) {
            return;
        }
        lock.lock();
        try {
            Blame blame = clients.get(new Client(request.client(), request.model()));
            if (blame != null) {
                blame.answers++;
            }
        } finally {
            lock.unlock();
        }
    }

    /// How long the client is held off from now; zero for a bystander.
    @GuardedBy("lock")
    private Duration blame(Request request, boolean condemned, long now) {
        var key = new Client(request.client(), request.model());
        Blame blame = clients.remove(key);
        if (blame == null) {
            blame = new Blame();
        }
        clients.put(key, blame);
        blame.deaths++;
        blame.until = now + memory.toNanos();
        boolean often = blame.deaths >= 2 && blame.answers < ANSWERS_A_DEATH * blame.deaths;
        if (!condemned && !often) {
            return Duration.ZERO;
        }
        Duration hold = HOLDS[Math.min(blame.strikes, HOLDS.length - 1)];
        blame.strikes++;
        blame.heldUntil = now + hold.toNanos();
        blame.until = Math.max(blame.until, blame.heldUntil);
        return hold;
    }

    @GuardedBy("lock")
    private void expire(long now) {
        requests.values().removeIf(past -> past.until() - now <= 0);
        clients.values().removeIf(blame -> blame.until - now <= 0);
        empty = requests.isEmpty() && clients.isEmpty();
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

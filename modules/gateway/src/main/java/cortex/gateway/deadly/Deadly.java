package cortex.gateway.deadly;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.failure.Outward;
import cortex.core.time.Time;
import cortex.gateway.deadly.LeftRequests.Left;
import cortex.gateway.fleet.EngineEnds;
import cortex.gateway.fleet.FleetSnapshot.Engines;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Owns what is remembered of requests that ended engines, and of the clients they came from.
///
/// A request that was alone in an engine when it died is condemned, and so is one that was in an
/// engine at two deaths, if nobody else was there both times: an equal one is refused for a while,
/// whoever sends it. Where its client had other requests there too, it is refused to that client
/// only. One that was there once among others is only suspected, and goes on being served.
///
/// The client of a condemned request is held off from the model, longer each time, so that others
/// are served meanwhile. When requests of several clients were there, {@link Death} tells who is
/// held off. When that befell several that had got no answers, {@link Newcomers} are held off.
///
/// What one node tells counts for that node only, until its report shows the engine gone or a
/// second node tells of the same client or request.
///
/// Bounded; forgotten after `memory`. While nothing is remembered of deaths a request costs a
/// volatile read, and its end a look into a table. Safe for use by many threads.
public final class Deadly {
    private static final System.Logger LOG = System.getLogger(Deadly.class.getName());

    private static final int MOST_REQUESTS = 1024;
    private static final int MOST_DEATHS = 256;
    private static final String REFUTED = "{0} told of the death of an engine that serves";

    /// So long those who were in an engine have to tell of its death.
    private static final long TO_TELL = Duration.ofSeconds(2).toNanos();

    /// An engine that came to its end neither by somebody's signal nor by the kernel's.
    private static final Pattern BY_ITSELF =
            Pattern.compile("^the engine (exited|was ended by signal (?!(2|9|15)\\b))");

    private final ReentrantLock lock = new ReentrantLock();
    private final RequestMark marks = new RequestMark();
    private final Duration memory;
    private final Time time;

    /// Whether there was a death, and until when it is of consequence.
    private volatile @Nullable Long alertUntil;

    @GuardedBy("lock")
    private final Map<String, Past> requests = new BoundedMap<>(MOST_REQUESTS);

    /// The last death of each engine, by its load.
    @GuardedBy("lock")
    private final Map<Long, Death> deaths = new BoundedMap<>(MOST_DEATHS);

    @GuardedBy("lock")
    private final LeftRequests left = new LeftRequests();

    @GuardedBy("lock")
    private final HeldClients held;

    @GuardedBy("lock")
    private final Kills kills;

    private final Supplier<Engines> reports;
    private final EngineEnds ends;

    /// Whether there is something that reports may tell more of.
    private volatile boolean unsettled;

    /// One that forgets after `memory` (zero: it remembers nothing), and holds what it is told
    /// against what `reports` show; `ends` is told of each death.
    public Deadly(Duration memory, Time time, Supplier<Engines> reports, EngineEnds ends) {
        this.memory = memory;
        this.held = new HeldClients(memory);
        this.kills = new Kills(memory.toNanos());
        this.time = time;
        this.reports = reports;
        this.ends = ends;
    }

    /// An engine: on which node, of which load.
    public record Where(String node, long generation) {}

    /// A request: on which route, for which model, whose, and the mark of its body.
    public record Request(String route, String model, String client, String mark) {
        String key() {
            return route + ' ' + model + ' ' + mark;
        }

        Client who() {
            return new Client(client, model);
        }
    }

    /// What is known of an equal request. `everywhere` when it was there at deaths on two nodes.
    private record Past(
            Client client,
            String ending,
            Evidence evidence,
            boolean everywhere,
            Instant at,
            long until) {
        /// Whether it is to be refused to a client: to all, or to the one that sent it.
        boolean refusedTo(Request request) {
            return toAll(request)
                    || (client.equals(request.who()) && evidence.provesAgainst(client));
        }

        boolean toAll(Request request) {
            return evidence.provesToAll(client, request.key());
        }

        Death death() {
            return evidence.death();
        }
    }

    /// What speaks against a request: that it was `alone` in the engine, or who was at an `earlier`
    /// death at which it was too. With neither it is only suspected.
    private record Evidence(Death death, boolean alone, @Nullable Occupants earlier) {
        /// Whether it is its client's fault.
        boolean provesAgainst(Client client) {
            return alone || (earlier != null && !death.othersAtBoth(client, earlier));
        }

        /// Whether it is the request's, whoever sends it. A client that had others there as well
        /// may have sent an innocent one beside a deadly one.
        boolean provesToAll(Client client, String key) {
            return provesAgainst(client)
                    && (earlier == null || alone || death.occupants().shareOnly(key, earlier));
        }
    }

    /// A client, as far as one model goes.
    record Client(String name, String model) {}

    /// What equal bodies have in common; works over all of it.
    public String mark(byte[] body) {
        return memory.isZero() ? "" : marks.of(body);
    }

    /// Lets a request pass that may go to any node, or says why not.
    ///
    /// @throws FailureException when an equal request ended an engine, or requests of this client
    ///   did just now
    public void check(Request request) {
        check(request, null);
    }

    /// Lets a request pass that goes to `node`. What only that node tells counts for it alone.
    ///
    /// @throws FailureException when an equal request ended an engine, or requests of this client
    ///   did just now
    public void check(Request request, @Nullable String node) {
        settle();
        Long until = alertUntil;
        long now = time.nanos();
        if (until == null || until - now <= 0) {
            return;
        }
        @Nullable Failure refusal = null;
        lock.lock();
        try {
            Past past = requests.get(request.key());
            if (past != null && past.until() - now > 0 && past.refusedTo(request)) {
                if (past.everywhere() || held.counts(past.death(), node)) {
                    refusal =
                            Words.condemned(
                                    request.model(),
                                    past.at(),
                                    past.ending(),
                                    Duration.ofNanos(past.until() - now));
                }
            }
            if (refusal == null) {
                refusal = held.refusal(request.who(), node, now);
            }
        } finally {
            lock.unlock();
        }
        if (refusal != null) {
            throw new FailureException(refusal);
        }
    }

    /// The engine died while the request was in it, with `died.requests()` in all. Who left it
    /// unanswered just before is as suspect as who was there.
    ///
    /// @return whether it may be tried again elsewhere: somebody may have killed the engine
    public boolean died(Request request, Failure.EngineDied died, Where where) {
        if (memory.isZero()) {
            tell(request, died, where, "");
            return Kills.killed(died.ending());
        }
        settle();
        long now = time.nanos();
        boolean again = false;
        List<String> told = new ArrayList<>();
        lock.lock();
        try {
            List<Left> gone = left.take(where.generation(), now);
            Death death = death(where, died.requests() + gone.size(), now);
            int all = died.requests() + Math.max(gone.size(), death.leavers());
            death.leavers(all - died.requests());
            List<Request> there = new ArrayList<>();
            gone.forEach(each -> there.add(each.request()));
            there.add(request);
            for (Request each : there) {
                Outcome outcome = note(each, died.ending(), all, death, now);
                again = outcome.again();
                told.add(outcome.line());
            }
        } finally {
            lock.unlock();
        }
        told.forEach(line -> tell(request, died, where, line));
        return again;
    }

    private void tell(Request request, Failure.EngineDied died, Where where, String more) {
        ends.noted(
                new EngineEnds.ReplicaName(where.node(), request.model(), where.generation()),
                "%s of %s on %s (requests in it: %d)%s"
                        .formatted(
                                died.ending(),
                                request.model(),
                                where.node(),
                                died.requests(),
                                more));
    }

    /// What to tell of a request that was there, and whether it may be tried again.
    private record Outcome(String line, boolean again) {}

    /// Notes one request that was there, of `all`.
    @GuardedBy("lock")
    private Outcome note(Request request, String how, int all, Death death, long now) {
        if (Kills.killed(how)) {
            Standing standing = held.standing(request.who());
            Kills.Verdict verdict = kills.note(death, request, standing, all == 1, now);
            if (verdict != Kills.Verdict.GUILTY) {
                return new Outcome(killed(request, death, now), verdict == Kills.Verdict.AGAIN);
            }
        }
        return new Outcome("; one of them was " + suspected(request, how, all, death, now), false);
    }

    /// Holds off who is taken for the cause of a kill by now; what to tell of a request that was
    /// there.
    @GuardedBy("lock")
    private String killed(Request request, Death death, long now) {
        death.killed();
        Set<Client> guilty = kills.guilty(death);
        Map<String, Duration> holds = held.carryOut(death.verdict(guilty), death, now);
        boolean newcomers = guilty.isEmpty() && kills.newcomersAreGuilty(death);
        held.newcomers(request.model(), death, now, newcomers ? holds : null);
        alert(holds, now);
        return ", by hand or for want of memory; "
                + (holds.isEmpty() ? "nothing is held against " : "one of them was ")
                + request.mark()
                + " of "
                + request.client()
                + Words.holds(holds);
    }

    /// Notes one request that was there and may be the cause; what to tell of it.
    @GuardedBy("lock")
    private String suspected(Request request, String how, int all, Death death, long now) {
        Client client = request.who();
        Past before = requests.remove(request.key());
        boolean known = before != null && before.until() - now > 0 && !before.death().refuted();
        boolean again = before != null && known && before.death() != death;
        Occupants earlier = before == null || !again ? null : before.death().occupants();
        boolean everywhere =
                before != null && known && (before.everywhere() || !before.death().sameNode(death));
        boolean alone = all == 1 || (before != null && known && before.evidence().alone());
        death.suspect(request, held.standing(client), alone, earlier, now);
        Past past =
                new Past(
                        client,
                        how,
                        new Evidence(death, alone, earlier),
                        everywhere,
                        time.now(),
                        now + memory.toNanos());
        requests.put(request.key(), past);
        Map<String, Duration> lengths = held.carryOut(death.judge(all), death, now);
        alert(lengths, now);
        return request.mark()
                + " of "
                + client.name()
                + refused(past, request)
                + Words.holds(lengths);
    }

    private static String refused(Past past, Request request) {
        if (past.toAll(request)) {
            return "; equal requests are refused";
        }
        return past.refusedTo(request) ? "; equal requests of this client are refused" : "";
    }

    /// A client left before the request's answer was there, or the request was given up.
    public void left(Request request, Where where) {
        if (memory.isZero()) {
            return;
        }
        long now = time.nanos();
        lock.lock();
        try {
            left.add(request, where, now);
            unsettled = true;
        } finally {
            lock.unlock();
        }
    }

    /// Holds what nodes told, and who left, against what they report.
    private void settle() {
        if (!unsettled) {
            return;
        }
        Engines engines = reports.get();
        long now = time.nanos();
        List<Runnable> told = new ArrayList<>();
        lock.lock();
        try {
            for (Death death : deaths.values()) {
                long generation = death.where().generation();
                boolean open = !death.confirmed() && !death.refuted();
                if (open && engines.ended().containsKey(generation)) {
                    death.settle(true);
                } else if (open && death.reported(now) && engines.serving().contains(generation)) {
                    death.settle(false);
                    death.held().forEach(client -> held.standing(client).pardon(death));
                    String node = death.where().node();
                    told.add(() -> LOG.log(System.Logger.Level.WARNING, REFUTED, node));
                }
            }
            judgeLeavers(engines, now, told);
            unsettled = !left.isEmpty();
            for (Death death : deaths.values()) {
                unsettled |= !death.confirmed() && !death.refuted() && death.young(now);
            }
        } finally {
            lock.unlock();
        }
        told.forEach(Runnable::run);
    }

    /// Those who left an engine that died when nobody else was there to be told.
    @GuardedBy("lock")
    private void judgeLeavers(Engines engines, long now, List<Runnable> told) {
        // Those who were there still are to tell first.
        for (long generation : left.in(engines.ended().keySet(), now - TO_TELL)) {
            String reason = Objects.requireNonNull(engines.ended().get(generation));
            List<Left> gone = left.take(generation, now);
            String how = Outward.ending(reason);
            boolean counts = Kills.killed(how) || BY_ITSELF.matcher(reason).find();
            if (deaths.containsKey(generation) || !counts) {
                continue;
            }
            for (Left each : gone) {
                Death death = death(each.where(), gone.size(), now);
                death.settle(true);
                Where where = each.where();
                String model = each.request().model();
                String line =
                        "%s of %s on %s after a client had left%s"
                                .formatted(
                                        how,
                                        model,
                                        where.node(),
                                        note(each.request(), how, gone.size(), death, now).line());
                var name = new EngineEnds.ReplicaName(where.node(), model, where.generation());
                told.add(() -> ends.noted(name, line));
            }
        }
        left.forget(now);
    }

    /// A request was answered. An equal one that was in an engine among others is no suspect.
    public void answered(Request request) {
        if (memory.isZero()) {
            return;
        }
        lock.lock();
        try {
            held.standing(request.who()).answered();
            Past past = requests.get(request.key());
            if (past != null && !past.evidence().alone()) {
                requests.remove(request.key());
            }
        } finally {
            lock.unlock();
        }
    }

    /// What is told of an engine's death within a moment is of the same one, until all are told of
    /// that were in it.
    @GuardedBy("lock")
    private Death death(Where where, int inEngine, long now) {
        Death last = deaths.get(where.generation());
        if (last == null || !last.goesOn(inEngine, now)) {
            last = new Death(where, now);
            deaths.remove(where.generation());
            deaths.put(where.generation(), last);
            unsettled = true;
        }
        return last;
    }

    /// What follows from a death may be of consequence so long.
    @GuardedBy("lock")
    private void alert(Map<String, Duration> holds, long now) {
        long longest = holds.values().stream().mapToLong(Duration::toNanos).max().orElse(0);
        long until = now + Math.max(longest, memory.toNanos());
        Long before = alertUntil;
        if (before == null || until - before > 0) {
            alertUntil = until;
        }
    }
}

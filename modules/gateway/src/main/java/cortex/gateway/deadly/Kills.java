package cortex.gateway.deadly;

import cortex.gateway.deadly.Deadly.Client;
import cortex.gateway.deadly.Deadly.Request;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Remembers the engines that were killed (signal 9): by an operator, who has nothing against the
/// requests, or by the kernel for want of memory, for which a request may be the cause. So a
/// request is tried again only where its client was at no kill before, and one that was alone only
/// when its client has had answers. Equal ones that were alone time and again are taken for the
/// cause, and so is a client that was there time and again when nobody else was each time. Several
/// that were there each time are told apart by their answers, and only after more kills. Bounded.
/// Belongs to {@link Deadly} and is read and written under its lock only.
final class Kills {
    /// So often somebody kills by chance the engine in which a client's requests are.
    private static final int BY_CHANCE = 2;

    /// After so many kills one of several that were always there is spared, and no longer all.
    private static final int TO_TELL_APART = 5;

    private static final int MOST_REQUESTS = 1024;
    private static final int MOST_KILLS = 256;

    private final long memory;
    private final Map<String, Past> alone = new BoundedMap<>(MOST_REQUESTS);
    private final Map<Death, Kill> kills = new BoundedMap<>(MOST_KILLS);

    /// None yet; each is forgotten after `memory` nanoseconds.
    Kills(long memory) {
        this.memory = memory;
    }

    /// How often equal requests were alone in an engine that was killed.
    private record Past(int times, long until) {}

    /// Who was in an engine that was killed, and how it stood then.
    private record Kill(String model, Map<Client, Seen> there, long until) {
        Kill(String model, long until) {
            this(model, new HashMap<>(), until);
        }

        boolean hasNewcomers() {
            return there.values().stream().anyMatch(Seen::isNew);
        }
    }

    /// How many answers a client had had, and whether it was new to the model.
    private record Seen(int answers, boolean isNew) {}

    /// What is to be thought of a request.
    enum Verdict {
        /// It may be tried again elsewhere.
        AGAIN,
        /// It may be the cause, and is not tried again.
        SUSPECT,
        /// It is the cause.
        GUILTY
    }

    /// Whether an engine that came to that `ending` was killed, and did not die by itself.
    static boolean killed(String ending) {
        return ending.equals("the engine ended (signal 9)");
    }

    /// An engine was killed while a request was in it, `alone` or not.
    Verdict note(Death death, Request request, Standing standing, boolean alone, long now) {
        kills.values().removeIf(kill -> kill.until() - now <= 0);
        boolean before = !at(request.who(), death).isEmpty();
        kills.computeIfAbsent(death, _ -> new Kill(request.model(), now + memory))
                .there()
                .putIfAbsent(request.who(), new Seen(standing.answers(), standing.isNew()));
        int times = alone ? onceMore(request.key(), now) : 0;
        if (times > BY_CHANCE) {
            return Verdict.GUILTY;
        }
        boolean nothingSpeaksForIt = alone && !standing.hasAnswers();
        return before || times > 1 || nothingSpeaksForIt ? Verdict.SUSPECT : Verdict.AGAIN;
    }

    private int onceMore(String key, long now) {
        Past before = alone.remove(key);
        int times = before != null && before.until() - now > 0 ? before.times() + 1 : 1;
        alone.put(key, new Past(times, now + memory));
        return times;
    }

    /// The kills that a client was there at, but for one.
    private List<Kill> at(Client client, @Nullable Death without) {
        List<Kill> all = new ArrayList<>();
        kills.forEach((death, kill) -> {
            if (death != without && !death.refuted() && kill.there().containsKey(client)) {
                all.add(kill);
            }
        });
        return all;
    }

    /// The clients that are taken for the cause of a kill by what is known of it now.
    Set<Client> guilty(Death death) {
        Set<Client> guilty = new LinkedHashSet<>();
        Kill kill = kills.get(death);
        Map<Client, Seen> there = kill == null ? Map.of() : kill.there();
        for (Client client : there.keySet()) {
            if (isCause(client, there)) {
                guilty.add(client);
            }
        }
        return guilty;
    }

    /// Whether a client was there more often than by chance, and nobody else was each time. Where
    /// newcomers were beside it each time, each may have been there once, under a new address.
    private boolean isCause(Client client, Map<Client, Seen> there) {
        List<Kill> its = at(client, null);
        Set<Client> always = sharedBy(its);
        if (always.size() > 1) {
            return its.size() >= TO_TELL_APART
                    && always.stream().allMatch(each -> at(each, null).size() == its.size())
                    && !client.equals(best(always, there));
        }
        boolean isNew = Objects.requireNonNull(there.get(client)).isNew();
        boolean besideNewcomers = !isNew && its.stream().allMatch(Kill::hasNewcomers);
        return its.size() > BY_CHANCE && !besideNewcomers;
    }

    /// The one that had had most answers.
    private static @Nullable Client best(Set<Client> clients, Map<Client, Seen> there) {
        return clients.stream()
                .filter(there::containsKey)
                .max(
                        Comparator.comparingInt((Client client) ->
                                        Objects.requireNonNull(there.get(client)).answers())
                                .thenComparing(Client::name))
                .orElse(null);
    }

    /// Whether newcomers were there at more of the kills of a model than by chance, this one among
    /// them, and none of them each time.
    boolean newcomersAreGuilty(Death death) {
        Kill last = kills.get(death);
        if (last == null || !last.hasNewcomers()) {
            return false;
        }
        List<Kill> theirs = new ArrayList<>();
        kills.forEach((each, kill) -> {
            boolean same = kill.model().equals(last.model());
            if (same && kill.hasNewcomers() && !each.refuted()) {
                theirs.add(kill);
            }
        });
        return theirs.size() > BY_CHANCE
                && sharedBy(theirs).stream().noneMatch(client -> wasNew(theirs, client));
    }

    private static boolean wasNew(List<Kill> kills, Client client) {
        return kills.stream().map(kill -> kill.there().get(client)).anyMatch(Kills::isNew);
    }

    private static boolean isNew(@Nullable Seen record) {
        return record != null && record.isNew();
    }

    /// Who was there at all of them.
    private static Set<Client> sharedBy(List<Kill> kills) {
        Set<Client> shared = new HashSet<>();
        for (int i = 0; i < kills.size(); i++) {
            Set<Client> there = kills.get(i).there().keySet();
            if (i == 0) {
                shared.addAll(there);
            } else {
                shared.retainAll(there);
            }
        }
        return shared;
    }
}

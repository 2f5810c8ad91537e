package cortex.gateway.admission;

import cortex.gateway.fleet.queue.HoldBack;
import cortex.gateway.fleet.queue.Networks;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Who has how many places (a request that asks for several answers has several), and who waits.
/// Whenever it is at rest, nobody waits for a place that could be had. For one thread at a time:
/// the lock is AdmissionControl's.
final class Books {
    /// Of a model: its limit (0: none), how many have a place, how many wait for one or for a
    /// replica, and how long a request takes (0: not known yet).
    static final class Model {
        final String id;
        final int places;
        final HoldBack holdBack = new HoldBack();
        int inFlight;
        int waiting;
        long meanNanos;

        Model(String id, int places) {
            this.id = id;
            this.places = places;
        }
    }

    /// Of a network at a model: of how many of its clients there are shares, how many have a place,
    /// and when it was given one last, by a count that only rises.
    static final class Network {
        int shares;
        int inFlight;
        long lastTurn;
    }

    /// Of a client: its requests under way, those of them that have a place, those that wait.
    static final class Client {
        final String name;
        final String network;
        final LinkedHashSet<Place> waiting = new LinkedHashSet<>();
        int underWay;
        int inFlight;

        /// When it was given a place last, by a count that only rises; so that clients of whom none
        /// has a place take turns.
        long lastTurn;

        Client(String name) {
            this.name = name;
            this.network = Networks.of(name);
        }
    }

    /// Of a client at a model: how many have a place, those that wait for one, and those that wait
    /// for one or for a replica.
    static final class Share {
        final Model model;
        final Client client;
        final Network network;
        final LinkedHashSet<Place> queued = new LinkedHashSet<>();
        final LinkedHashSet<Place> waiting = new LinkedHashSet<>();
        int inFlight;

        Share(Model model, Client client, Network network) {
            this.model = model;
            this.client = client;
            this.network = network;
        }
    }

    /// Of a client or a network at a model.
    private record Key(String model, String who) {}

    private static final Comparator<Share> FEWEST_FIRST =
            Comparator.<Share>comparingInt(share -> share.network.inFlight)
                    .thenComparingInt(share -> share.inFlight)
                    .thenComparingInt(share -> share.client.inFlight)
                    .thenComparingLong(share -> share.network.lastTurn)
                    .thenComparingLong(share -> share.client.lastTurn)
                    .thenComparingLong(share -> share.queued.getFirst().number());

    /// The part of all places that one client cannot have: one in so many.
    private static final int FOR_OTHERS = 8;

    private final int places;
    private final Map<String, Model> models = new HashMap<>();
    private final Map<String, Client> clients = new HashMap<>();
    private final Map<Key, Share> shares = new HashMap<>();
    private final LinkedHashSet<Share> withQueue = new LinkedHashSet<>();
    private final Map<Key, Network> networks = new HashMap<>();
    private final HoldBack holdBack = new HoldBack();
    private int inFlight;
    private int waiting;

    /// How many wait that need several places.
    private int heavy;

    private long lastNumber;
    private long lastTurn;

    /// At most `places` requests under way, 0 for no limit.
    Books(int places) {
        this.places = places;
    }

    @Nullable Model model(String id) {
        return models.get(id);
    }

    Collection<Model> models() {
        return models.values();
    }

    Share share(Model model, String client) {
        models.putIfAbsent(model.id, model);
        return shares.computeIfAbsent(
                new Key(model.id, client),
                _ -> share(model, clients.computeIfAbsent(client, Client::new)));
    }

    private Share share(Model model, Client client) {
        Network network =
                networks.computeIfAbsent(new Key(model.id, client.network), _ -> new Network());
        network.shares++;
        return new Share(model, client, network);
    }

    /// Drops what nothing is known of any more.
    void forget(Share share) {
        if (share.inFlight == 0
                && share.queued.isEmpty()
                && shares.remove(new Key(share.model.id, share.client.name), share)
                && --share.network.shares == 0) {
            networks.remove(new Key(share.model.id, share.client.network), share.network);
        }
        if (share.client.underWay == 0) {
            clients.remove(share.client.name, share.client);
        }
    }

    /// How many wait, for a place or for a replica.
    int waiting() {
        return waiting;
    }

    /// Whether a request of that weight may have its places now.
    boolean hasPlace(Share share, int weight) {
        return isFree(share.model, weight) && mayHave(share.client, weight);
    }

    private boolean isFree(Model model, int weight) {
        return (places == 0 || inFlight + weight <= places)
                && (model.places == 0 || model.inFlight + weight <= model.places);
    }

    /// Whether one client may have so many more: an eighth of all places is for the others, whoever
    /// they are, since places are held while a request waits for its replica.
    private boolean mayHave(Client client, int weight) {
        return places == 0
                || client.inFlight == 0
                || client.inFlight + weight <= places - places / FOR_OTHERS;
    }

    void admit(Place place) {
        Share share = place.share();
        int weight = place.weight();
        inFlight += weight;
        share.inFlight += weight;
        share.model.inFlight += weight;
        share.client.inFlight += weight;
        share.client.underWay += weight;
        share.network.inFlight += weight;
        share.client.lastTurn = ++lastTurn;
        share.network.lastTurn = lastTurn;
    }

    /// A request's places are free again.
    void release(Place place) {
        Share share = place.share();
        int weight = place.weight();
        inFlight -= weight;
        share.inFlight -= weight;
        share.model.inFlight -= weight;
        share.client.inFlight -= weight;
        share.network.inFlight -= weight;
        share.client.underWay -= weight;
    }

    /// Somebody waits for a place; its number in the queue.
    long queue(Place place) {
        Share share = place.share();
        share.queued.add(place);
        share.client.underWay += place.weight();
        withQueue.add(share);
        heavy += place.weight() > 1 ? 1 : 0;
        await(place);
        return ++lastNumber;
    }

    void unqueue(Place place) {
        Share share = place.share();
        share.queued.remove(place);
        heavy -= place.weight() > 1 ? 1 : 0;
        share.client.underWay -= place.weight();
        if (share.queued.isEmpty()) {
            withQueue.remove(share);
        }
        awaitNoMore(place);
    }

    /// Somebody waits, wherever.
    void await(Place place) {
        place.share().waiting.add(place);
        place.share().client.waiting.add(place);
        place.share().model.waiting++;
        waiting++;
    }

    void awaitNoMore(Place place) {
        place.share().waiting.remove(place);
        place.share().client.waiting.remove(place);
        place.share().model.waiting--;
        waiting--;
    }

    /// The free places that are kept for those that need more: `all`, or those of some models.
    private record Kept(boolean all, Set<Model> models) {
        static final Kept NONE = new Kept(false, Set.of());

        boolean from(Model model) {
            return all || models.contains(model);
        }
    }

    /// Whether some free places are kept for one that needs more.
    boolean holdsBack(long now) {
        Kept kept = kept(now);
        return kept.all || !kept.models.isEmpty();
    }

    /// Whether the free places of a model are kept for one that needs more of them.
    boolean heldBack(Model model, long now) {
        return kept(now).from(model);
    }

    /// Who is to get a place now, or null: whose turn it is, of those for whom there are enough for
    /// all that they ask for. Who needs more is overtaken, as {@link HoldBack} says.
    @Nullable Place next(long now) {
        if (scarce(1)) {
            return null;
        }
        Kept kept = kept(now);
        Share best = null;
        for (Share share : withQueue) {
            Place first = share.queued.getFirst();
            boolean fits = hasPlace(share, first.weight());
            if (fits && heldBackFor(first, now)) {
                holdBack.over(now);
                share.model.holdBack.over(now);
                return first;
            }
            if (fits
                    && !kept.from(share.model)
                    && (best == null || FEWEST_FIRST.compare(share, best) < 0)) {
                best = share;
            }
        }
        return best == null ? null : best.queued.getFirst();
    }

    /// Whether what is free now was held back for it.
    private boolean heldBackFor(Place place, long now) {
        boolean begun = holdBack.begun(now) || place.share().model.holdBack.begun(now);
        return begun && place.weight() > 1 && HoldBack.impatient(place.since(), now);
    }

    private boolean scarce(int weight) {
        return places != 0 && inFlight + weight > places;
    }

    private Kept kept(long now) {
        if (heavy == 0) {
            return Kept.NONE;
        }
        boolean all = false;
        Set<Model> some = new HashSet<>();
        for (Share share : withQueue) {
            Place first = share.queued.getFirst();
            if (first.weight() > 1
                    && !isFree(share.model, first.weight())
                    && mayHave(share.client, first.weight())) {
                boolean scarce = scarce(first.weight());
                if ((scarce ? holdBack : share.model.holdBack).may(first.since(), now)) {
                    all |= scarce;
                    some.add(share.model);
                }
            }
        }
        return new Kept(all, some);
    }

    /// Who of those that wait (for `model`, or, when null, for any) goes so that one of `share` may
    /// wait, null when it has to go itself: the last to come of the client that has most in the
    /// network that has most, if that is at least two more than its own. Where all have the same, a
    /// newcomer that has none there takes its chance with the others.
    @Nullable Place unfairest(Share share, @Nullable Model model, RandomGenerator random) {
        Map<String, List<SequencedSet<Place>>> byNetwork = new LinkedHashMap<>();
        if (model == null) {
            clients.values().forEach(c -> add(byNetwork, c, c.waiting));
        } else {
            shares.values().stream()
                    .filter(other -> other.model == model)
                    .forEach(other -> add(byNetwork, other.client, other.waiting));
        }
        int most = 0;
        for (List<SequencedSet<Place>> rooms : byNetwork.values()) {
            most = Math.max(most, size(rooms));
        }
        int own = model == null ? share.client.waiting.size() : share.waiting.size();
        List<SequencedSet<Place>> neighbours =
                byNetwork.getOrDefault(share.client.network, List.of());
        int mine = size(neighbours);
        if (most >= mine + 2 || (mine == 0 && most == 1)) {
            List<List<SequencedSet<Place>>> largest = new ArrayList<>();
            for (List<SequencedSet<Place>> rooms : byNetwork.values()) {
                if (size(rooms) == most) {
                    largest.add(rooms);
                }
            }
            int chosen = random.nextInt(largest.size() + (most == 1 ? 1 : 0));
            return chosen == largest.size() ? null : lastOf(largest.get(chosen), random);
        }
        return last(neighbours, own, random);
    }

    private static void add(
            Map<String, List<SequencedSet<Place>>> networks,
            Client client,
            SequencedSet<Place> waiting) {
        if (!waiting.isEmpty()) {
            networks.computeIfAbsent(client.network, _ -> new ArrayList<>()).add(waiting);
        }
    }

    private static int size(List<SequencedSet<Place>> rooms) {
        int size = 0;
        for (SequencedSet<Place> room : rooms) {
            size += room.size();
        }
        return size;
    }

    /// The last to come of one of the clients that have most, drawn by chance; null when none has
    /// two more than `own`, but for one that has nothing, which is drawn for with the others.
    private static @Nullable Place last(
            List<SequencedSet<Place>> rooms, int own, RandomGenerator random) {
        int most = 0;
        for (SequencedSet<Place> room : rooms) {
            most = Math.max(most, room.size());
        }
        if (most >= own + 2) {
            return lastOf(rooms, random);
        }
        boolean drawn = own == 0 && most == 1 && random.nextInt(rooms.size() + 1) > 0;
        return drawn ? lastOf(rooms, random) : null;
    }

    private static Place lastOf(List<SequencedSet<Place>> rooms, RandomGenerator random) {
        int most = 0;
        List<SequencedSet<Place>> largest = new ArrayList<>();
        for (SequencedSet<Place> room : rooms) {
            if (room.size() > most) {
                most = room.size();
                largest.clear();
            }
            if (room.size() == most) {
                largest.add(room);
            }
        }
        return largest.get(random.nextInt(largest.size())).getLast();
    }
}

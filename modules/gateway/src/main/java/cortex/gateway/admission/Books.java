package cortex.gateway.admission;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who has how many places, and who waits. Whenever it is at rest, nobody waits for a place that
/// could be had. For one thread at a time: the lock is Admission's.
final class Books {
    /// Of a model: its limit (0: none), how many have a place, how many wait for one or for a
    /// replica, and how long a request takes (0: not known yet).
    static final class Model {
        final String id;
        final int places;
        int inFlight;
        int waiting;
        long meanNanos;

        Model(String id, int places) {
            this.id = id;
            this.places = places;
        }
    }

    /// Of a client: its requests under way, those of them that have a place, those that wait.
    static final class Client {
        final String name;
        final LinkedHashSet<Place> waiting = new LinkedHashSet<>();
        int underWay;
        int inFlight;

        /// When it was given a place last, by a count that only rises; so that clients of whom none
        /// has a place take turns.
        long lastTurn;

        Client(String name) {
            this.name = name;
        }
    }

    /// Of a client at a model: how many have a place, those that wait for one, and those that wait
    /// for one or for a replica.
    static final class Share {
        final Model model;
        final Client client;
        final LinkedHashSet<Place> queued = new LinkedHashSet<>();
        final LinkedHashSet<Place> waiting = new LinkedHashSet<>();
        int inFlight;

        Share(Model model, Client client) {
            this.model = model;
            this.client = client;
        }
    }

    private record Key(String model, String client) {}

    private static final Comparator<Share> FEWEST_FIRST =
            Comparator.<Share>comparingInt(share -> share.inFlight)
                    .thenComparingInt(share -> share.client.inFlight)
                    .thenComparingLong(share -> share.client.lastTurn)
                    .thenComparingLong(share -> share.queued.getFirst().number());

    private final int places;
    private final Map<String, Model> models = new HashMap<>();
    private final Map<String, Client> clients = new HashMap<>();
    private final Map<Key, Share> shares = new HashMap<>();
    private final LinkedHashSet<Share> withQueue = new LinkedHashSet<>();
    private int inFlight;
    private int waiting;
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
                _ -> new Share(model, clients.computeIfAbsent(client, Client::new)));
    }

    /// Drops what nothing is known of any more.
    void forget(Share share) {
        if (share.inFlight == 0 && share.queued.isEmpty()) {
            shares.remove(new Key(share.model.id, share.client.name), share);
        }
        if (share.client.underWay == 0) {
            clients.remove(share.client.name, share.client);
        }
    }

    /// How many wait, for a place or for a replica.
    int waiting() {
        return waiting;
    }

    boolean hasPlace(Model model) {
        return (places == 0 || inFlight < places)
                && (model.places == 0 || model.inFlight < model.places);
    }

    void admit(Share share) {
        inFlight++;
        share.inFlight++;
        share.model.inFlight++;
        share.client.inFlight++;
        share.client.underWay++;
        share.client.lastTurn = ++lastTurn;
    }

    /// A place is free again.
    void release(Share share) {
        inFlight--;
        share.inFlight--;
        share.model.inFlight--;
        share.client.inFlight--;
        share.client.underWay--;
    }

    /// Somebody waits for a place; its number in the queue.
    long queue(Place place) {
        Share share = place.share();
        share.queued.add(place);
        share.client.underWay++;
        withQueue.add(share);
        await(place);
        return ++lastNumber;
    }

    void unqueue(Place place) {
        Share share = place.share();
        share.queued.remove(place);
        share.client.underWay--;
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

    /// Who is to get a place now, or null.
    @Nullable Place next() {
        Share best = null;
        for (Share share : withQueue) {
            if (hasPlace(share.model) && (best == null || FEWEST_FIRST.compare(share, best) < 0)) {
                best = share;
            }
        }
        return best == null ? null : best.queued.getFirst();
    }

    /// The last to come of the client that has most in the waiting room, if that is at least two
    /// more than `share`'s; of those for `model`, or, when null, of all.
    @Nullable Place unfairest(Share share, @Nullable Model model) {
        List<LinkedHashSet<Place>> rooms = new ArrayList<>();
        if (model == null) {
            clients.values().forEach(client -> rooms.add(client.waiting));
        } else {
            shares.values().stream()
                    .filter(other -> other.model == model)
                    .forEach(other -> rooms.add(other.waiting));
        }
        int own = model == null ? share.client.waiting.size() : share.waiting.size();
        return rooms.stream()
                .filter(room -> room.size() >= own + 2)
                .max(Comparator.comparingInt(LinkedHashSet::size))
                .map(LinkedHashSet::getLast)
                .orElse(null);
    }
}

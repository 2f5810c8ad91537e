package cortex.gateway.fleet.machine;

import cortex.core.files.ModelFiles;
import cortex.core.log.Quantity;
import cortex.core.node.DeviceHealth;
import cortex.core.node.Discovery;
import cortex.core.node.NodeHealth;
import cortex.core.node.NodeHealth.Restarting;
import cortex.gateway.fleet.machine.FleetEvent.NodeReported;
import cortex.gateway.fleet.rules.Changes;
import cortex.gateway.fleet.view.NodeView;
import cortex.gateway.fleet.view.NodeView.UnknownModels;
import cortex.gateway.placement.NodeRoom;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Is one configured node as the fleet knows it. Owns what it knows: others change it by its
/// methods only, and each change is a new version of what readers or the planner see of it. Times
/// are monotonic nanoseconds.
final class NodeState {
    private static final long SLACK_SECS = 5;
    private static final String OVERDUE = "is not back from its restart in time";

    private final String name;
    private final URI endpoint;
    private final Changes changes;
    private final Changes wishes;
    private final List<Replica> replicas = new ArrayList<>();
    private final List<Departure> departures = new ArrayList<>();

    private Set<String> pins = Set.of();

    private boolean draining;
    private @Nullable Restart restart;
    private long restartAt = Long.MIN_VALUE;
    private boolean answered;
    private boolean healthy;
    private int misses;
    private boolean shutOut;
    private @Nullable String problem;
    private @Nullable Absence absence;

    /// When its neuron first said that it restarts; null when it does not.
    private @Nullable Long absentSince;

    private @Nullable Discovery discovery;
    private @Nullable NodeHealth health;
    private UnknownModels unknown = UnknownModels.NONE;

    /// What it has of models' files, and of which models that has changed since somebody looked.
    private Map<String, ModelFiles> files = Map.of();

    private Set<String> filesChanged = Set.of();

    private long reportedAt = Long.MIN_VALUE;
    private long readingAt = Long.MIN_VALUE;
    private long removedAt = Long.MIN_VALUE;
    private long doubtedSince = Long.MIN_VALUE;

    private long version;
    private long roomVersion = -1;
    private @Nullable NodeRoom room;
    private @Nullable NodeView view;

    NodeState(String name, URI endpoint, FleetState.Counted counted) {
        this.name = name;
        this.endpoint = endpoint;
        this.changes = counted.changes();
        this.wishes = counted.wishes();
    }

    /// Notes that something of the node or of its replicas has changed that readers of the fleet
    /// see; the planner may see it otherwise too.
    void touch() {
        version++;
        view = null;
        changes.note();
    }

    /// Notes that the planner alone sees the node otherwise now, as when its memory is claimed or a
    /// replica becomes busy.
    void touchRoom() {
        version++;
    }

    /// Returns what the planner sees of the node, made anew when the node has changed since.
    NodeRoom room(Function<NodeState, NodeRoom> make) {
        NodeRoom known = room;
        if (known == null || roomVersion != version) {
            known = make.apply(this);
            room = known;
            roomVersion = version;
        }
        return known;
    }

    /// Returns what readers of the fleet see of the node: the same object until that changes.
    NodeView view() {
        NodeView known = view;
        if (known == null) {
            known =
                    new NodeView(
                            name,
                            endpoint,
                            new NodeView.Contact(
                                    healthy,
                                    answered,
                                    problem,
                                    absence == null ? null : absence.told().toMillis() / 1000.0),
                            discovery,
                            health,
                            new NodeView.Wishes(
                                    draining,
                                    pins.stream().sorted().toList(),
                                    restart == null ? null : restart.harness),
                            NodeView.Models.of(unknown, files.values()));
            view = known;
        }
        return known;
    }

    /// Applies what the node told of itself at `now`. One that is about to end takes nothing more;
    /// it is back `most` after it first said so, or it is gone.
    void reported(NodeReported report, long now, Duration most) {
        answered = true;
        misses = 0;
        shutOut = false;
        Restarting restarting = report.health().restarting();
        if (restarting == null) {
            healthy = true;
            problem = null;
            absence = null;
        } else {
            Duration told = Duration.ofMillis((long) (restarting.backInSecs() * 1000));
            long since = absentSince == null ? now : absentSince;
            long until = Math.min(now + told.toNanos(), since + most.toNanos());
            absence = until - now > 0 ? new Absence(told, until) : null;
            absentSince = since;
            healthy = false;
            problem =
                    absence == null
                            ? OVERDUE
                            : "is restarting, back within " + Quantity.ofWait(told);
        }
        absentSince = restarting == null ? null : absentSince;
        discovery = report.discovery() == null ? discovery : report.discovery();
        health = report.health();
        Map<String, ModelFiles> found = report.files();
        if (found != null && !found.equals(files)) {
            filesChanged = changed(found);
            files = found;
        }
        reportedAt = report.askedAt();
        Long age = report.health().readingAgeSecs();
        readingAt = reportedAt - (age == null ? 0 : Duration.ofSeconds(age + 1).toNanos());
        touch();
    }

    private Set<String> changed(Map<String, ModelFiles> found) {
        Set<String> models = new LinkedHashSet<>(filesChanged);
        Stream.concat(files.keySet().stream(), found.keySet().stream())
                .distinct()
                .sorted()
                .filter(model -> !Objects.equals(files.get(model), found.get(model)))
                .forEach(models::add);
        return models;
    }

    /// Returns the models of whose files it has told something else than before, in order, once.
    Set<String> takeFilesChanged() {
        Set<String> models = filesChanged;
        filesChanged = Set.of();
        return models;
    }

    /// Returns what it has told of a model's files; null when it has told nothing.
    @Nullable ModelFiles files(String model) {
        return files.get(model);
    }

    /// Returns whether a report comes from a neuron that was started after the last report. Its
    /// clock and this one may differ by a little.
    boolean startedAnew(NodeReported report) {
        NodeHealth before = health;
        if (before == null) {
            return false;
        }
        long ran = report.health().uptimeSecs() - before.uptimeSecs();
        long between = Duration.ofNanos(report.askedAt() - reportedAt).toSeconds();
        return ran < 0 || (!healthy && ran < between - SLACK_SECS);
    }

    /// Returns whether a report tells of another host than the last one.
    boolean changedBy(NodeReported report) {
        return report.discovery() != null && !report.discovery().equals(discovery);
    }

    /// Counts a poll that was not answered, and whether it and this gateway believe each other.
    void missed(boolean unbelieved) {
        misses++;
        shutOut = unbelieved;
        touchRoom();
    }

    /// Takes it for lost, or lost for another reason; it is not expected back from a restart.
    void lost(String why) {
        healthy = false;
        absence = null;
        problem = why;
        touch();
    }

    /// Takes it for lost when it is not back from its restart in time.
    void endAbsence(long now) {
        if (absence != null && now - absence.until() >= 0) {
            lost(OVERDUE);
        }
    }

    /// Returns whether its neuron restarts and is expected back: it takes nothing now, and what is
    /// loaded there is kept.
    boolean comesBack() {
        return absence != null;
    }

    /// A restart of its neuron: how long that takes as it `told` last, and until when it is waited
    /// for.
    private record Absence(Duration told, long until) {}

    /// Notes what it holds that the catalogue does not have.
    void holds(UnknownModels models) {
        unknown = models;
        touch();
    }

    void add(Replica replica) {
        replicas.add(replica);
        touch();
    }

    /// Takes a replica off its books at `now`.
    ///
    /// @param departure its memory, until that is measured as free; null when it had none
    void remove(Replica replica, @Nullable Departure departure, long now) {
        replicas.remove(replica);
        if (departure != null) {
            departures.add(departure);
        }
        removedAt = now;
        touch();
    }

    /// Forgets departures, as when their memory is back.
    void forgetDepartures(Predicate<Departure> which) {
        if (departures.removeIf(which)) {
            touchRoom();
        }
    }

    /// Replaces the models that operators pinned here.
    void pin(Set<String> models) {
        pins = Set.copyOf(models);
        wishes.note();
        touch();
    }

    /// Takes it out of use, or into use again.
    void drain(boolean drains) {
        draining = drains;
        wishes.note();
        touch();
    }

    void restarts(Restart begun) {
        restart = begun;
        touch();
    }

    /// Ends a restart at `now`; what it did is not known before the node reports. The next may
    /// follow at `again`.
    void restarted(long now, long again) {
        restart = null;
        restartAt = again;
        doubtedSince = now;
        touch();
    }

    /// Notes that nobody knows what a command did: nothing is placed here before a report that was
    /// asked for after `now`.
    void doubt(long now) {
        doubtedSince = now;
    }

    /// A restart of one of its harnesses, and the replicas it takes away.
    record Restart(long generation, String harness, List<Replica> replicas) {}

    /// The memory of a replica that is gone, until it is measured as free: what is expected back of
    /// each device, and how much is free of each once most of it is back. `hidden` when the last
    /// reading may not have shown it as taken.
    record Departure(
            List<Integer> devices,
            List<Long> heldMb,
            List<Long> backAtMb,
            boolean hidden,
            long at) {

        /// Returns what a load must leave alone of one of the devices until a reading shows what is
        /// really taken.
        long reservedMb(int slot, long readingAt) {
            return hidden && readingAt <= at ? heldMb.get(slot) : 0;
        }

        /// Returns what was free of one of the devices before a hidden one was loaded.
        long freeBeforeMb(int slot) {
            return backAtMb.get(slot) + heldMb.get(slot) / 4;
        }
    }

    /// Returns the free memory of a device (or of the host) as last measured, null when unknown.
    @Nullable Long measuredMb(int device) {
        NodeHealth readings = health;
        if (readings == null) {
            return null;
        }
        if (device == NodeRoom.RAM) {
            return readings.ramFreeMb();
        }
        return readings.devices().stream()
                .filter(d -> d.index() == device)
                .findFirst()
                .map(DeviceHealth::vramFreeMb)
                .orElse(null);
    }

    /// Returns the free memory of some devices, in their order; 0 stands for unknown.
    List<Long> measuredMb(List<Integer> devices) {
        return devices.stream()
                .map(this::measuredMb)
                .map(free -> free == null ? 0L : free)
                .toList();
    }

    /// Returns whether it is known what every command did.
    boolean isCertain() {
        return reportedAt > doubtedSince;
    }

    /// Returns its replicas, oldest first.
    List<Replica> replicas() {
        return replicas;
    }

    /// Returns the replicas that are gone, whose memory has not been measured as free yet.
    List<Departure> departures() {
        return departures;
    }

    /// Returns whether the last poll was missed because it and this gateway do not believe each
    /// other.
    boolean shutOut() {
        return shutOut;
    }

    /// Returns how many polls in a row it has not answered.
    int misses() {
        return misses;
    }

    /// Returns when the last report was asked for.
    long reportedAt() {
        return reportedAt;
    }

    /// Returns when the device readings of the last report were taken at the latest.
    long readingAt() {
        return readingAt;
    }

    /// Returns before when a report may still list replicas that are gone.
    long removedAt() {
        return removedAt;
    }

    /// Returns the restart that goes on, or null.
    @Nullable Restart restart() {
        return restart;
    }

    /// Returns when a harness may be restarted again.
    long restartAt() {
        return restartAt;
    }

    /// Returns whether an operator pinned a model here.
    boolean pins(String model) {
        return pins.contains(model);
    }

    /// Returns the models that operators pinned here.
    Set<String> pinned() {
        return pins;
    }

    /// Returns the configured name.
    String name() {
        return name;
    }

    /// Returns the neuron's base URL.
    URI endpoint() {
        return endpoint;
    }

    /// Returns whether it ever answered.
    boolean answered() {
        return answered;
    }

    /// Returns whether it answers.
    boolean healthy() {
        return healthy;
    }

    /// Returns why it is not healthy, or null.
    @Nullable String problem() {
        return problem;
    }

    /// Returns its host; null before it was ever reported.
    @Nullable Discovery discovery() {
        return discovery;
    }

    /// Returns whether an operator took it out of use.
    boolean draining() {
        return draining;
    }

    /// Returns its last readings; null before the first.
    @Nullable NodeHealth health() {
        return health;
    }
}

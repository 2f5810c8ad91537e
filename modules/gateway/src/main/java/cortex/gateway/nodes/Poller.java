package cortex.gateway.nodes;

import cortex.core.files.FilesQuestion;
import cortex.core.files.FilesReport;
import cortex.core.files.ModelFiles;
import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import cortex.core.node.Discovery;
import cortex.core.node.ModelInfo;
import cortex.core.node.NodeHealth;
import cortex.core.time.Time;
import cortex.gateway.fleet.machine.FleetEvent;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Watches one neuron, on a thread of its own: asks for its readings each interval and for what it
/// is now and then, after each miss and when there are readings of other devices than before, and
/// tells the fleet what it said, or that it did not.
public final class Poller implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Poller.class.getName());

    /// The host is asked for at every so manieth poll.
    private static final int DISCOVERY_EVERY = 30;

    private static final Duration BROKEN_AGAIN = Duration.ofMinutes(10);

    /// Reasons that are told while a neuron stays unhealthy; those that come back in turns must not
    /// fill the log.
    private static final int MOST_REASONS = 8;

    private final String node;
    private final NeuronClient neuron;
    private final Time time;
    private final Consumer<FleetEvent> events;
    private final Semaphore wake = new Semaphore(0);
    private final @Nullable FilesQuestion question;
    private int untilDiscovery;

    /// What was last heard of files: its revision (null when the neuron does not look for any), and
    /// whether that is asked for again.
    private @Nullable String filesRevision;

    private boolean looksForFiles = true;

    /// The last discovery, and its devices.
    private @Nullable Discovery host;

    private List<Integer> devices = List.of();

    private @Nullable Boolean answered;

    /// The reasons that were told since it last answered.
    private final Set<String> toldReasons = new HashSet<>();

    /// When it was last told that the neuron's reports break the rules; one that does so at times
    /// must not fill the log.
    private @Nullable Long toldBroken;

    private @Nullable Thread thread;

    /// A watcher of the neuron that the fleet calls `node`; tells `events` what it sees.
    public Poller(String node, NeuronClient neuron, Time time, Consumer<FleetEvent> events) {
        this(node, neuron, null, time, events);
    }

    /// The same, which also asks for the files of a catalogue.
    public Poller(
            String node,
            NeuronClient neuron,
            @Nullable FilesQuestion question,
            Time time,
            Consumer<FleetEvent> events) {
        this.node = node;
        this.neuron = neuron;
        this.question = question;
        this.time = time;
        this.events = events;
    }

    /// Begins to poll each `interval`, now for the first time.
    public void start(Duration interval) {
        thread = Thread.ofVirtual().name("poll-" + node).start(() -> run(interval));
    }

    /// Polls as soon as the poll under way is done, not at the next turn.
    public void pollNow() {
        if (wake.availablePermits() == 0) {
            wake.release();
        }
    }

    private void run(Duration interval) {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                pollOrLog();
                if (wake.tryAcquire(interval.toNanos(), TimeUnit.NANOSECONDS)) {
                    wake.drainPermits();
                }
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "no longer watching " + node);
        }
    }

    /// A fault of this program must not end the watching.
    private void pollOrLog() throws InterruptedException {
        try {
            poll();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "polling " + node + " went wrong", e);
            missOrLog();
        }
    }

    /// A report that nobody can deal with is none.
    private void missOrLog() {
        try {
            events.accept(new FleetEvent.NodeMissed(node, "its report could not be dealt with"));
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "missing " + node + " went wrong", e);
        }
    }

    /// One poll: a few questions, one event. The models come last: a neuron that restarts takes its
    /// gateway for told by then, and does not answer any more.
    void poll() throws InterruptedException {
        long askedAt = time.nanos();
        try {
            Discovery discovery = untilDiscovery <= 0 ? neuron.discovery() : null;
            NodeHealth health = neuron.health();
            if (discovery == null && !read(health).equals(devices)) {
                discovery = neuron.discovery();
            }
            if (discovery == null) {
                untilDiscovery--;
            } else {
                untilDiscovery = DISCOVERY_EVERY;
                host = discovery;
                devices = discovery.devices().stream().map(DeviceInfo::index).toList();
            }
            Map<String, ModelFiles> files = files(discovery != null);
            List<ModelInfo> models = neuron.models();
            Discovery known = host;
            if (known != null) {
                ReportRules.checkMemory(known, health, models);
            }
            noteAnswers();
            events.accept(
                    new FleetEvent.NodeReported(node, askedAt, discovery, health, models, files));
        } catch (NeuronException e) {
            untilDiscovery = 0;
            filesRevision = null;
            if (e.breaksRules()) {
                noteBroken(e.text());
            } else {
                noteUnhealthy(e.text());
            }
            events.accept(new FleetEvent.NodeMissed(node, e.text(), e.unproven(), e.shutOut()));
        }
    }

    /// What has changed of the catalogue's files: null when nothing has, empty when the neuron
    /// tells nothing of them. A neuron that does not look for files is asked again when it may be
    /// another.
    private @Nullable Map<String, ModelFiles> files(boolean asksAll)
            throws NeuronException, InterruptedException {
        FilesQuestion asked = question;
        if (asked == null || !(looksForFiles || asksAll)) {
            return null;
        }
        FilesReport report;
        try {
            report = neuron.files(asked, filesRevision);
        } catch (NeuronException e) {
            if (!e.refused()) {
                throw e;
            }
            noteBroken("refuses to look for the catalogue's files: " + e.text());
            report = null;
        }
        looksForFiles = report != null;
        if (report == null) {
            filesRevision = null;
            return asksAll ? Map.of() : null;
        }
        List<ModelFiles> models = report.models();
        if (models == null) {
            return null;
        }
        filesRevision = report.revision();
        Map<String, ModelFiles> files = new HashMap<>();
        models.forEach(model -> files.put(model.id(), model));
        return files;
    }

    /// Which devices there are readings of.
    private static List<Integer> read(NodeHealth health) {
        return health.devices().stream().map(DeviceHealth::index).toList();
    }

    private void noteAnswers() {
        if (answered == null || !answered) {
            answered = true;
            toldReasons.clear();
            LOG.log(System.Logger.Level.INFO, () -> "neuron " + node + " answers");
        }
    }

    /// Tells each new reason once until the neuron answers again.
    private void noteUnhealthy(String problem) {
        answered = false;
        if (toldReasons.size() < MOST_REASONS && toldReasons.add(problem)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "neuron " + node + " missed a poll: " + problem);
        }
    }

    private void noteBroken(String problem) {
        Long told = toldBroken;
        if (told == null || time.nanos() - told > BROKEN_AGAIN.toNanos()) {
            toldBroken = time.nanos();
            LOG.log(
                    System.Logger.Level.WARNING,
                    "neuron " + node + " sent a report that cortex rejects: it " + problem);
        }
    }

    /// Stops watching; returns when the thread has ended.
    @Override
    public void close() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
            try {
                running.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

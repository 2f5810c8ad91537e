package cortex.neuron.process;

import cortex.core.time.Time;
import cortex.neuron.process.ManagedProcess.Phase;
import cortex.neuron.process.ManagedProcess.Vitals;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Waits until an engine serves, by asking it, while watching that its process lives and gets on.
/// There is no limit in total: a large model from a slow disk takes what it takes. Given up is what
/// for `stall` neither wrote to its log (but that it was asked), nor read, nor grew in memory (the
/// host's or a device's), nor downloaded, nor used the CPU, nor changed its answer. How it gets on
/// may be asked by any thread.
public final class Readiness<T> {
    private static final Duration FIRST_POLL = Duration.ofMillis(15);
    private static final Duration LONGEST_POLL = Duration.ofMillis(250);

    /// A waiting process uses some CPU too: below this share of a core it is not getting on.
    private static final double BUSY_SHARE = 0.05;

    private static final long TICKS_PER_SECOND = 100;
    private static final long PAGES_THAT_COUNT = 256;
    private static final long BYTES_THAT_COUNT = 1 << 20;
    private static final long DEVICE_MB_THAT_COUNT = 8;

    /// What llama-server prints when it is a router's child, its only word about how far it is.
    private static final Pattern STATE =
            Pattern.compile("cmd_child_to_router:state:.{0,1000}\"value\":\\s*(\\d(?:\\.\\d+)?)");

    /// How a request of ours looks in an engine's log.
    private static final Pattern ASKED = Pattern.compile("GET (?:/v1)?/(?:health|models|props)\\b");

    private final ManagedProcess process;
    private final Probe<T> probe;
    private final Watch watch;
    private final Time time;

    private String note = "";
    private long written;
    private long deviceMb;
    private Vitals vitals = new Vitals(0, 0, 0);
    private long sampledAt;
    private volatile long progressAt;
    private volatile @Nullable Double share;
    private volatile long downloadedMb;

    /// For one wait of one thread.
    public Readiness(ManagedProcess process, Probe<T> probe, Watch watch, Time time) {
        this.process = process;
        this.probe = probe;
        this.watch = watch;
        this.time = time;
        this.progressAt = time.nanos();
    }

    /// What is watched beside the process: given up after `stall` without progress; `deviceMb` is
    /// the device memory its processes hold, as last read, 0 when that is not known; `downloadedMb`
    /// what lies on the disk of a download that goes on, 0 while none does.
    public record Watch(Duration stall, LongSupplier deviceMb, LongSupplier downloadedMb) {
        /// Of a start that downloads nothing.
        public Watch(Duration stall, LongSupplier deviceMb) {
            this(stall, deviceMb, () -> 0);
        }
    }

    /// How far a start is: the share that is done, 0 to 1, null when the engine does not tell; when
    /// (monotonic) anything last showed that it gets on; and what has been downloaded so far, in
    /// MiB, null while nothing is.
    public record Progress(@Nullable Double share, long nanos, @Nullable Long downloadedMb) {
        /// Of a start that downloads nothing.
        public Progress(@Nullable Double share, long nanos) {
            this(share, nanos, null);
        }
    }

    /// What an engine answered to the question whether it serves.
    public sealed interface Answer<T> {}

    /// It serves.
    public record Ready<T>(T value) implements Answer<T> {}

    /// It does not serve yet; `note` is what it said, and a change of it is progress.
    public record NotYet<T>(String note) implements Answer<T> {}

    /// It will not serve.
    public record Never<T>(String reason) implements Answer<T> {}

    /// Asks the engine once; must end within a few seconds.
    public interface Probe<T> {
        /// Never throws for what the engine does or does not say: that is a `NotYet`.
        Answer<T> ask() throws InterruptedException;
    }

    /// Waits. The answer is never a `NotYet`.
    public Answer<T> await() throws InterruptedException {
        progressAt = time.nanos();
        sampledAt = progressAt;
        Duration pause = FIRST_POLL;
        while (true) {
            Answer<T> answer = probe.ask();
            if (process.status().phase() == Phase.EXITED) {
                return new Never<>(process.ending());
            }
            switch (answer) {
                case Ready<T> ready -> {
                    process.ready();
                    return ready;
                }
                case Never<T> never -> {
                    return never;
                }
                case NotYet<T>(String said) -> look(said);
            }
            if (time.nanos() - progressAt > watch.stall().toNanos()) {
                String reason =
                        "the engine made no progress for " + watch.stall().toSeconds() + " s";
                return new Never<>(reason + " (" + note + ")");
            }
            time.sleep(pause);
            pause = longer(pause);
        }
    }

    /// How far it is now; may be asked by any thread.
    public Progress progress() {
        long mb = downloadedMb;
        return new Progress(share, progressAt, mb == 0 ? null : Long.valueOf(mb));
    }

    private static Duration longer(Duration pause) {
        Duration next = pause.multipliedBy(5).dividedBy(4);
        return next.compareTo(LONGEST_POLL) < 0 ? next : LONGEST_POLL;
    }

    private void look(String said) {
        long now = time.nanos();
        if (!said.equals(note)) {
            note = said;
            progressAt = now;
        }
        if (now - sampledAt < LONGEST_POLL.toNanos()) {
            return;
        }
        long writtenNow = process.log().written();
        Vitals vitalsNow = process.vitals();
        double busy =
                (vitalsNow.cpuTicks() - vitals.cpuTicks())
                        / (TICKS_PER_SECOND * ((now - sampledAt) / 1e9));
        long deviceNow = watch.deviceMb().getAsLong();
        long downloaded = watch.downloadedMb().getAsLong();
        if (saidMore(writtenNow)
                || downloaded != downloadedMb
                || deviceNow - deviceMb > DEVICE_MB_THAT_COUNT
                || busy > BUSY_SHARE
                || vitalsNow.rssPages() - vitals.rssPages() > PAGES_THAT_COUNT
                || vitalsNow.readBytes() - vitals.readBytes() > BYTES_THAT_COUNT) {
            progressAt = now;
        }
        if (writtenNow > written) {
            share = told();
        }
        downloadedMb = downloaded;
        deviceMb = Math.max(deviceMb, deviceNow);
        written = writtenNow;
        vitals = vitalsNow;
        sampledAt = now;
    }

    /// Whether it wrote more than lines about requests; some engines write one for each of ours.
    private boolean saidMore(long writtenNow) {
        if (writtenNow <= written) {
            return false;
        }
        String recent = process.log().recent();
        int from = (int) Math.max(0, recent.length() - (writtenNow - written));
        return recent.substring(from)
                .lines()
                .anyMatch(line -> !line.isBlank() && !ASKED.matcher(line).find());
    }

    private @Nullable Double told() {
        Matcher state = STATE.matcher(process.log().recent());
        Double last = null;
        while (state.find()) {
            last = Double.valueOf(state.group(1));
        }
        return last;
    }
}

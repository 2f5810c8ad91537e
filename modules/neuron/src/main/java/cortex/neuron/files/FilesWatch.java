package cortex.neuron.files;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.core.files.FilesQuestion;
import cortex.core.files.FilesReport;
import cortex.core.files.ModelFiles;
import cortex.core.node.LoadRequest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Looks for the files of the catalogues that gateways have sent, at once and then each interval,
/// on a thread of its own: a disk that does not answer keeps nobody waiting but it. A few
/// catalogues are kept, those that were asked about last.
public final class FilesWatch implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(FilesWatch.class.getName());

    /// More than there are gateways, each with a catalogue before and after a change.
    private static final int MOST_CATALOGUES = 8;

    private static final Duration FIRST_LOOK = Duration.ofSeconds(1);

    private final Function<LoadRequest, ModelFiles> search;
    private final Duration interval;

    /// Another one in each life of this program, so that no revision is another life's.
    private final String life = Long.toHexString(new SecureRandom().nextLong());

    private final Semaphore wake = new Semaphore(0);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition looked = lock.newCondition();
    private final Thread thread;

    @GuardedBy("lock")
    private final Map<String, Catalogue> catalogues = new LinkedHashMap<>(16, 0.75F, true);

    @GuardedBy("lock")
    private long revisions;

    /// One catalogue and what was found of it; `found` is null before the first look.
    private record Catalogue(
            List<LoadRequest> models, String revision, @Nullable List<ModelFiles> found) {}

    /// Begins to watch. `search` may read the disk; it is never called by two threads at once.
    public FilesWatch(Function<LoadRequest, ModelFiles> search, Duration interval) {
        this.search = search;
        this.interval = interval;
        this.thread = Thread.ofVirtual().name("files").start(this::run);
    }

    /// Takes a catalogue and tells what there is of it, if that is known within a moment.
    public FilesReport take(String version, FilesQuestion question) throws InterruptedException {
        lock.lock();
        try {
            Catalogue known = catalogues.get(version);
            if (known == null) {
                catalogues.put(version, new Catalogue(question.models(), "", null));
                if (catalogues.size() > MOST_CATALOGUES) {
                    catalogues.remove(catalogues.keySet().iterator().next());
                }
                wake.release();
                long left = FIRST_LOOK.toNanos();
                while (left > 0 && unseen(version)) {
                    left = looked.awaitNanos(left);
                }
            }
        } finally {
            lock.unlock();
        }
        FilesReport report = report(version, null);
        return report == null ? new FilesReport("", null) : report;
    }

    @GuardedBy("lock")
    private boolean unseen(String version) {
        Catalogue catalogue = catalogues.get(version);
        return catalogue != null && catalogue.found == null;
    }

    /// What there is of a catalogue's files, from memory; null when that catalogue is not known.
    /// Without the models for whoever knows that revision already.
    public @Nullable FilesReport report(String version, @Nullable String known) {
        lock.lock();
        try {
            Catalogue catalogue = catalogues.get(version);
            if (catalogue == null) {
                return null;
            }
            boolean same = catalogue.revision.equals(known);
            return new FilesReport(catalogue.revision, same ? null : catalogue.found);
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                lookOrLog();
                if (wake.tryAcquire(interval.toNanos(), TimeUnit.NANOSECONDS)) {
                    wake.drainPermits();
                }
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "no longer looking for files");
        }
    }

    /// A fault of this program must not end the watching.
    private void lookOrLog() {
        try {
            look();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "looking for models' files went wrong", e);
        }
    }

    private void look() {
        for (Map.Entry<String, Catalogue> entry : snapshot().entrySet()) {
            List<ModelFiles> found = entry.getValue().models.stream().map(search).toList();
            lock.lock();
            try {
                Catalogue before = catalogues.get(entry.getKey());
                if (before != null && !found.equals(before.found)) {
                    String revision = life + "-" + ++revisions;
                    catalogues.replace(
                            entry.getKey(), new Catalogue(before.models, revision, found));
                    looked.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private Map<String, Catalogue> snapshot() {
        lock.lock();
        try {
            return new LinkedHashMap<>(catalogues);
        } finally {
            lock.unlock();
        }
    }

    /// Stops looking. A look that goes on, as on a disk that does not answer, ends by itself.
    @Override
    public void close() {
        thread.interrupt();
    }
}

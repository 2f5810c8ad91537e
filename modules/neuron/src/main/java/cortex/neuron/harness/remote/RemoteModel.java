package cortex.neuron.harness.remote;

import cortex.core.node.DeviceHealth;
import cortex.neuron.harness.EngineEnd;
import cortex.neuron.harness.EngineFailedException;
import cortex.neuron.harness.EngineHttp;
import cortex.neuron.harness.Harness;
import cortex.neuron.harness.cause.MistralRsCauses;
import cortex.neuron.harness.traits.MistralRsTraits;
import cortex.neuron.process.Readiness;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// One model in a running mistral.rs. What counts is what the engine lists as loaded: its answers
/// to commands are 200 whatever became of them.
final class RemoteModel implements Harness.Engine {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration ASK = Duration.ofSeconds(5);
    private static final Duration UNLOAD = Duration.ofSeconds(30);
    private static final Duration VERIFY = Duration.ofSeconds(10);
    private static final Duration SILENCE = Duration.ofSeconds(5);

    /// A reload has no limit in all; what makes no progress is given up before.
    private static final Duration LONGEST_RELOAD = Duration.ofDays(7);

    private static final long DEVICE_MB_THAT_COUNT = 8;

    private final MistralRsRemote remote;
    private final String id;

    /// It was seen loaded, and this program did not ask for it: if it goes, it is not brought back.
    private final boolean found;

    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicReference<@Nullable EngineEnd> reloadFailed = new AtomicReference<>();
    private volatile @Nullable Thread reloading;
    private volatile long readyAt;
    private volatile long changedAt;
    private volatile boolean left;
    private volatile boolean broughtOthers;

    RemoteModel(MistralRsRemote remote, String id, boolean found) {
        this.remote = remote;
        this.id = id;
        this.found = found;
        this.readyAt = remote.time.nanos();
        this.changedAt = readyAt;
    }

    @Override
    public URI url() {
        return remote.url;
    }

    @Override
    public Set<Long> pids() {
        return Set.of();
    }

    /// A process that starts loads every model that it was started with.
    @Override
    public boolean broughtOthers() {
        return broughtOthers;
    }

    private boolean anotherIsLoaded() throws InterruptedException {
        try {
            return remote.list().loaded().stream().anyMatch(one -> !one.equals(id));
        } catch (IOException e) {
            return true;
        }
    }

    /// The engine tells nothing of how far it is.
    @Override
    public Readiness.Progress progress() {
        return new Readiness.Progress(null, changedAt);
    }

    @Override
    public Harness.Facts awaitReady() throws EngineFailedException, InterruptedException {
        if (!found) {
            bringUp();
        }
        readyAt = remote.time.nanos();
        return new Harness.Facts(id, null, null, MistralRsTraits.of(List.of()));
    }

    /// A reload can be `reloading` for ever, so it is given up when for the harness's stall time
    /// neither the status changes nor any more device memory is taken.
    private void bringUp() throws EngineFailedException, InterruptedException {
        String last = "";
        long taken = takenMb();
        changedAt = remote.time.nanos();
        boolean reloadAsked = false;
        boolean unitAsked = false;
        while (stopped.getCount() > 0) {
            String now = look();
            if (now.equals("loaded")) {
                broughtOthers = unitAsked && anotherIsLoaded();
                return;
            }
            long takenNow = takenMb();
            if (!now.equals(last) || takenNow - taken > DEVICE_MB_THAT_COUNT) {
                last = now;
                taken = Math.max(taken, takenNow);
                changedAt = remote.time.nanos();
            }
            Duration since = Duration.ofNanos(remote.time.nanos() - changedAt);
            if (now.equals("silent") && remote.hasUnit() && !unitAsked) {
                unitAsked = true;
                remote.tell(SystemdUnit::start);
            } else if (now.equals("silent") && !remote.hasUnit() && since.compareTo(SILENCE) > 0) {
                throw new EngineFailedException("mistral.rs at " + remote.url + " is not there");
            } else if (now.equals("unloaded") && !reloadAsked) {
                reloadAsked = askReload();
            } else if (now.equals("absent")) {
                throw unknown();
            }
            EngineEnd failed = reloadFailed.get();
            if (failed != null) {
                throw new EngineFailedException(failed);
            }
            if (since.compareTo(remote.config.patience().stall()) > 0) {
                giveUp(now, since, unitAsked);
                unitAsked = true;
                reloadAsked = false;
                changedAt = remote.time.nanos();
            }
            remote.time.sleep(POLL);
        }
        throw new EngineFailedException("it is no longer wanted");
    }

    /// The memory that is not free over all devices, as last read; 0 when that is not known.
    private long takenMb() {
        return remote.devices.snapshot().healths().stream()
                .map(DeviceHealth::vramUsedMb)
                .filter(Objects::nonNull)
                .mapToLong(Long::longValue)
                .sum();
    }

    /// Restarts the unit, once, unless another model would pay for it; else there is nothing more
    /// to try.
    private void giveUp(String now, Duration since, boolean unitAsked)
            throws EngineFailedException, InterruptedException {
        boolean others = !remote.view().models().loaded().isEmpty();
        if (!remote.hasUnit() || unitAsked || others) {
            throw new EngineFailedException(
                    "mistral.rs says '"
                            + now
                            + "' of the model for "
                            + since.toSeconds()
                            + " s, which it may do for ever; restart it, or give the harness a"
                            + " binary instead of an endpoint");
        }
        remote.tell(SystemdUnit::restart);
    }

    private String look() throws InterruptedException {
        try {
            MistralRsRemote.Models models = remote.list();
            if (models.loaded().contains(id)) {
                remote.seen(models);
                return "loaded";
            }
            return Objects.requireNonNullElse(models.statuses().get(id), "absent");
        } catch (IOException e) {
            return "silent";
        }
    }

    /// Asks for the status first: a reload of anything but an unloaded model leaves it `reloading`
    /// for ever. Returns whether a reload is under way.
    private boolean askReload() throws InterruptedException {
        try {
            String status = lifecycle("status", ASK).field("status");
            if (!"unloaded".equals(status)) {
                return false;
            }
        } catch (IOException e) {
            return false;
        }
        reloading = Thread.ofVirtual().name("reload-" + id).start(this::reload);
        return true;
    }

    /// Blocks until the engine has loaded the model, on a thread of its own.
    private void reload() {
        try {
            EngineHttp.Answer answer = lifecycle("reload", LONGEST_RELOAD);
            String status = answer.field("status");
            if (!"loaded".equals(status) && !"reloading".equals(status)) {
                reloadFailed.set(refused(String.valueOf(status), answer.field("error")));
            }
        } catch (IOException e) {
            String how = "mistral.rs broke off while loading it: " + EngineHttp.words(e);
            reloadFailed.set(new EngineEnd(how));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static EngineEnd refused(String status, @Nullable String error) {
        String reason = "mistral.rs could not load it";
        return error == null
                ? new EngineEnd(reason + ": " + status)
                : new EngineEnd(reason, MistralRsCauses.RULES.find(error.lines().toList(), true));
    }

    private EngineFailedException unknown() throws InterruptedException {
        String known = "";
        try {
            known = String.join(", ", remote.list().statuses().keySet().stream().sorted().toList());
        } catch (IOException e) {
            known = "nothing";
        }
        return new EngineFailedException(
                "mistral.rs at "
                        + remote.url
                        + " was not started with '"
                        + id
                        + "' and cannot add models; it has "
                        + known);
    }

    @Override
    public @Nullable EngineEnd awaitGone() throws InterruptedException {
        while (!stopped.await(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
            MistralRsRemote.View view = remote.view();
            if (view.lost()) {
                // It is forgotten, and not unloaded when it answers again: then it is found.
                left = true;
                return new EngineEnd("mistral.rs at " + remote.url + " does not answer any more");
            }
            boolean fresh = view.misses() == 0 && view.nanos() - readyAt > 0;
            if (fresh && !view.models().loaded().contains(id)) {
                return null;
            }
        }
        return null;
    }

    @Override
    public void leave() {
        left = true;
        stopped.countDown();
    }

    @Override
    public void stop() throws EngineFailedException, InterruptedException {
        if (left) {
            return;
        }
        try {
            if (remote.list().loaded().contains(id)) {
                lifecycle("unload", UNLOAD);
                awaitUnloaded();
            }
        } catch (ConnectException e) {
            // Nothing listens: nothing is loaded.
            stopped.countDown();
            return;
        } catch (IOException e) {
            if (!remote.hasUnit()) {
                throw new EngineFailedException("mistral.rs: " + e.getMessage());
            }
            remote.tell(SystemdUnit::stop);
        }
        stopped.countDown();
    }

    /// The engine may keep the memory of a model it has unloaded (its process lives on): it surely
    /// comes back only with the end of the process, which no other model may pay for.
    @Override
    public @Nullable String escalate(boolean known)
            throws EngineFailedException, InterruptedException {
        if (!remote.hasUnit()) {
            return null;
        }
        try {
            if (!remote.list().loaded().isEmpty()) {
                return null;
            }
        } catch (ConnectException e) {
            return null;
        } catch (IOException e) {
            throw new EngineFailedException("mistral.rs: " + e.getMessage());
        }
        remote.tell(SystemdUnit::stop);
        return "stopped its unit, which held no other model";
    }

    private void awaitUnloaded() throws IOException, InterruptedException {
        long until = remote.time.nanos() + VERIFY.toNanos();
        MistralRsRemote.Models models = remote.list();
        while (models.loaded().contains(id)) {
            if (remote.time.nanos() > until) {
                throw new IOException("it still lists the model as loaded after an unload");
            }
            remote.time.sleep(POLL);
            models = remote.list();
        }
    }

    @Override
    public void release() {
        stopped.countDown();
        Thread thread = reloading;
        if (thread != null) {
            thread.interrupt();
        }
    }

    private EngineHttp.Answer lifecycle(String verb, Duration within)
            throws IOException, InterruptedException {
        return remote.http.post(remote.url, "/v1/models/" + verb, Map.of("model_id", id), within);
    }
}

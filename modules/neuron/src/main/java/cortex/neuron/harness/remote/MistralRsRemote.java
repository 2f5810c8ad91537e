package cortex.neuron.harness.remote;

import static java.util.Objects.requireNonNull;

import cortex.core.node.EngineOptions;
import cortex.core.node.LoadRequest;
import cortex.core.time.Time;
import cortex.neuron.config.NeuronConfig;
import cortex.neuron.config.NeuronConfig.HarnessConfig;
import cortex.neuron.device.DeviceView;
import cortex.neuron.harness.EngineFailedException;
import cortex.neuron.harness.EngineHttp;
import cortex.neuron.harness.Harness;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A running `mistralrs serve` and its HTTP lifecycle. It knows only the models it was started
/// with, loads them all at its start, answers 200 whatever happens, and may keep device memory
/// after an unload: a process per model is the surer way. Owns one thread that watches what is
/// loaded.
public final class MistralRsRemote implements Harness {
    private static final System.Logger LOG = System.getLogger(MistralRsRemote.class.getName());
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration ASK = Duration.ofSeconds(3);

    /// After so many refused connections in a row nothing is there.
    private static final int REFUSALS = 3;

    final HarnessConfig config;
    final EngineHttp http;
    final Time time;
    final URI url;
    final DeviceView devices;

    private final @Nullable SystemdUnit unit;
    private final AtomicInteger starts = new AtomicInteger();
    private volatile View view;

    /// When it last answered the watch, and how often in a row it refused the connection since;
    /// only for the thread that looks.
    private long answeredAt;

    private int refusals;

    private volatile boolean watching;

    /// For the engine at the `endpoint` of the configuration, and its `unit`, when there is one.
    public MistralRsRemote(HarnessConfig config, EngineHttp http, Time time, DeviceView devices) {
        this(config, http, time, devices, SystemdUnit.SYSTEMCTL);
    }

    MistralRsRemote(
            HarnessConfig config,
            EngineHttp http,
            Time time,
            DeviceView devices,
            List<String> systemctl) {
        this.config = config;
        this.http = http;
        this.time = time;
        this.devices = devices;
        NeuronConfig.Remote remote = requireNonNull(config.remote());
        this.url = URI.create(remote.endpoint().toString().replaceAll("/+$", ""));
        String name = remote.unit();
        this.unit = name == null ? null : new SystemdUnit(name, systemctl);
        this.answeredAt = time.nanos();
        this.view = new View(answeredAt, new Models(Map.of(), Set.of()), 0, false);
    }

    /// What `GET /v1/models` said: the status of each model, and which have an entry that says
    /// loaded. They differ where the engine lists a model twice: after a reload of a loaded model
    /// it says `reloading` for ever beside `loaded`, and serves it.
    record Models(Map<String, String> statuses, Set<String> loaded) {
        Models {
            statuses = Map.copyOf(statuses);
            loaded = Set.copyOf(loaded);
        }
    }

    /// The last look: when, what was seen, how often in a row nothing answered since, and whether
    /// that means that the engine is lost: nothing listens, or it has been silent for as long as an
    /// engine may. One that hears nothing for some seconds is busy, or asleep.
    record View(long nanos, Models models, int misses, boolean lost) {}

    @Override
    public String name() {
        return config.name();
    }

    @Override
    public @Nullable String unavailable() {
        boolean lost = view.lost() && unit == null;
        return lost ? "mistral.rs at " + url + " does not answer" : null;
    }

    @Override
    public boolean direct() {
        return config.direct();
    }

    @Override
    public Engine start(Launch launch) {
        return new RemoteModel(this, launch.request().modelId(), false);
    }

    /// Looks once before it returns, so that what is loaded is known from the first moment; an
    /// engine that hangs delays that by 3 s at most.
    @Override
    public void watch(Finder finder) {
        watching = true;
        try {
            look(finder);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        Thread.ofVirtual().name("watch-" + name()).start(() -> keepLooking(finder));
    }

    private void keepLooking(Finder finder) {
        try {
            time.sleep(POLL);
            while (watching) {
                look(finder);
                time.sleep(POLL);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void unwatch() {
        watching = false;
    }

    @Override
    public boolean shared() {
        return true;
    }

    @Override
    public int starts() {
        return starts.get();
    }

    @Override
    public boolean restartable() {
        return unit != null;
    }

    /// What was loaded before is forgotten: the next look tells what is loaded then.
    @Override
    public String restart(Set<String> gone) throws EngineFailedException, InterruptedException {
        tell(SystemdUnit::restart);
        return "restarted its unit";
    }

    /// Something to be done with the unit.
    interface UnitAction {
        void to(SystemdUnit unit) throws EngineFailedException, InterruptedException;
    }

    boolean hasUnit() {
        return unit != null;
    }

    /// Starts, stops or restarts the unit. Its process is another one from then on, so that what
    /// was seen of it counts no more.
    ///
    /// @throws EngineFailedException when there is no unit, or systemd refused
    void tell(UnitAction action) throws EngineFailedException, InterruptedException {
        SystemdUnit known = unit;
        if (known == null) {
            throw new EngineFailedException("no unit is configured for mistral.rs at " + url);
        }
        action.to(known);
        starts.incrementAndGet();
    }

    View view() {
        return view;
    }

    /// Takes note of what was seen by others than the watch.
    void seen(Models models) {
        view = new View(time.nanos(), models, 0, false);
    }

    /// Asks what is there, now.
    ///
    /// @throws IOException when nothing answers, or not as it should
    Models list() throws IOException, InterruptedException {
        EngineHttp.Answer answer = http.get(url, "/v1/models", ASK);
        JsonNode json = answer.json();
        JsonNode data = json == null ? null : json.get("data");
        if (answer.status() != 200 || data == null || !data.isArray()) {
            throw new IOException("not a list of models: status " + answer.status());
        }
        Map<String, String> statuses = new LinkedHashMap<>();
        Set<String> loaded = new LinkedHashSet<>();
        for (JsonNode entry : data) {
            String id = entry.path("id").asString("");
            String status = entry.path("status").asString("");
            // `default` has no status, nor have adapters: neither is a model of its own.
            if (!id.isEmpty() && !id.equals("default") && !status.isEmpty()) {
                statuses.put(id, status);
                if (status.equals("loaded")) {
                    loaded.add(id);
                }
            }
        }
        return new Models(statuses, loaded);
    }

    private void look(Finder finder) throws InterruptedException {
        View before = view;
        long asked = time.nanos();
        int process = starts.get();
        try {
            Models models = list();
            if (process != starts.get()) {
                return;
            }
            if (before.lost()) {
                starts.incrementAndGet();
            }
            answeredAt = time.nanos();
            refusals = 0;
            view = new View(asked, models, 0, false);
            for (String id : models.loaded()) {
                LoadRequest request =
                        new LoadRequest(
                                id, name(), null, null, List.of(), null, EngineOptions.NONE);
                finder.found(request, new RemoteModel(this, id, true));
            }
        } catch (IOException e) {
            refusals = e instanceof ConnectException ? refusals + 1 : 0;
            long silence = time.nanos() - answeredAt;
            boolean lost = refusals >= REFUSALS || silence > config.patience().silence().toNanos();
            view = new View(asked, before.models(), before.misses() + 1, lost);
            if (before.misses() == 0) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "mistral.rs at {0} does not answer: {1}",
                        url,
                        EngineHttp.words(e));
            }
        }
    }
}

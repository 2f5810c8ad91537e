package cortex.neuron.harness;

import cortex.core.engine.HarnessKind;
import cortex.core.files.ModelFiles;
import cortex.core.log.Redaction;
import cortex.core.node.EngineOptions;
import cortex.core.node.LoadRequest;
import cortex.neuron.config.NeuronConfig.HarnessConfig;
import cortex.neuron.config.NeuronConfig.PortRange;
import cortex.neuron.device.DeviceView;
import cortex.neuron.harness.policy.Caches;
import cortex.neuron.harness.policy.LoadPolicy;
import cortex.neuron.process.Adoption;
import cortex.neuron.process.EngineEnvironment;
import cortex.neuron.process.LogTail;
import cortex.neuron.process.ManagedProcess;
import cortex.neuron.process.ProcessIdentity;
import cortex.neuron.process.ProcessLauncher;
import cortex.neuron.process.Processes;
import cortex.neuron.process.Readiness;
import cortex.relay.fleetkey.FleetKey;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// A harness that runs one child process per model: the same supervision for every kind of engine.
/// A record on disk is written before the process starts, so that there is no moment at which
/// killing this program would leave an engine that nobody knows of.
public final class ChildHarness implements Harness {
    private static final System.Logger LOG = System.getLogger(ChildHarness.class.getName());

    /// How long an engine that was ready may keep silent when it is taken over.
    private static final Duration READY_AGAIN = Duration.ofSeconds(5);

    /// What keeps engines from asking the network for what they have.
    private static final Map<String, String> OFFLINE =
            Map.of("HF_HUB_OFFLINE", "1", "LLAMA_ARG_OFFLINE", "1");

    private final HarnessConfig config;
    private final EngineDriver driver;
    private final LoadPolicy policy;
    private final EngineEnvironment environment;
    private final Caches caches;
    private final Processes processes;
    private final EngineHttp http;
    private final DeviceView devices;

    private ChildHarness(
            HarnessConfig config, EngineDriver driver, LoadPolicy.Rules rules, Shared shared) {
        this.config = config;
        this.driver = driver;
        this.policy = new LoadPolicy(config.name(), config.started().allowArgs(), rules);
        this.environment = new EngineEnvironment(System.getenv(), config.started().passEnv());
        Map<String, String> variables = new LinkedHashMap<>(environment.variables(true));
        variables.putAll(Program.variables(config.started().env()));
        this.caches = Caches.of(HarnessKind.of(config.name()), variables);
        this.processes = shared.processes();
        this.http = shared.http();
        this.devices = shared.devices();
    }

    /// What the harnesses of a node share.
    private record Shared(Processes processes, EngineHttp http, DeviceView devices) {}

    /// The harness of a `[[harnesses]]` entry that starts its engines itself.
    ///
    /// @throws IllegalArgumentException for a name that no engine here has
    public static ChildHarness of(
            HarnessConfig config,
            LoadPolicy.Rules rules,
            Processes processes,
            EngineHttp http,
            DeviceView devices) {
        return new ChildHarness(
                config, driver(config), rules, new Shared(processes, http, devices));
    }

    private static EngineDriver driver(HarnessConfig config) {
        return switch (HarnessKind.of(config.name())) {
            case LLAMACPP -> new LlamaCpp(config);
            case MISTRALRS -> new MistralRs(config);
            case DEMO -> new Demo(config);
        };
    }

    /// Why a `[[harnesses]]` entry can start no engine now; null when it can, or has none to start.
    ///
    /// @throws IllegalArgumentException for a name that no engine here has
    public static @Nullable String unavailable(HarnessConfig config) {
        return config.remote() == null ? driver(config).unavailable() : null;
    }

    @Override
    public String name() {
        return config.name();
    }

    @Override
    public @Nullable String unavailable() {
        return driver.unavailable();
    }

    @Override
    public Limits limits() {
        return new Limits(config.patience().silence(), config.patience().work());
    }

    @Override
    public boolean direct() {
        return config.direct();
    }

    @Override
    public LoadRequest admit(LoadRequest request) {
        LoadRequest admitted = policy.admit(request);
        policy.checkDownload(request, caches);
        return admitted;
    }

    @Override
    public ModelFiles files(LoadRequest request) {
        return policy.find(request, caches);
    }

    @Override
    public @Nullable String restart(Set<String> gone) throws InterruptedException {
        Set<Long> ended = processes.adoption().reapGone(gone);
        return ended.isEmpty() ? null : "ended the processes " + ended + " of models long gone";
    }

    @Override
    public Engine start(Launch launch) throws IOException {
        int port = reservePort();
        Adoption.Saved saved =
                new Adoption.Saved(
                        launch.replica(),
                        name(),
                        launch.request(),
                        port,
                        null,
                        false,
                        keyFor(launch.request()));
        try {
            EngineDriver.Command command = command(launch, saved);
            LogTail log = log(launch.request(), command);
            log.begin();
            processes.forgetOldLogs(launch.request().modelId());
            return processes.start(() -> {
                processes.adoption().save(saved);
                ChildEngine engine = engine(saved, launch(launch, command, log), false);
                engine.remember(false);
                return engine;
            });
        } catch (IOException | RuntimeException e) {
            processes.adoption().forget(launch.replica());
            processes.ports().release(port);
            throw e;
        }
    }

    /// One that was ready in its earlier life must say soon that it is; one that was loading goes
    /// on loading.
    @Override
    public @Nullable Engine adopt(Adoption.Saved saved, ProcessIdentity running) {
        if (config.direct() && saved.key() != null) {
            // gateways that are sent to it would not know its key
            return null;
        }
        processes.ports().claim(saved.port());
        Launch launch = new Launch(saved.replica(), saved.request(), Map.of());
        LogTail log = log(saved.request(), command(launch, saved));
        ManagedProcess process =
                ManagedProcess.adopt(running, saved.replica(), log, processes.time());
        return engine(saved, process, saved.ready());
    }

    /// A key of its own for each start, where the engine takes one and clients do not go to it by
    /// themselves. An engine listens on loopback, where other users of the host and web pages in a
    /// browser on it reach it too.
    private @Nullable String keyFor(LoadRequest request) {
        return config.direct() || driver.keyVariable(request) == null ? null : FleetKey.mint();
    }

    /// The command of an engine, with its key.
    private EngineDriver.Command command(Launch launch, Adoption.Saved saved) {
        EngineDriver.Command command = driver.command(launch, saved.port());
        String variable = driver.keyVariable(saved.request());
        String key = saved.key();
        return variable == null || key == null ? command : command.with(variable, key);
    }

    private ManagedProcess launch(Launch launch, EngineDriver.Command command, LogTail log)
            throws IOException {
        String replica = launch.replica();
        boolean downloads = policy.downloads(launch.request());
        LOG.log(
                System.Logger.Level.INFO,
                "replica {0}: starting {1}",
                replica,
                redaction(command).command(command.argv()));
        Map<String, String> all = new LinkedHashMap<>(environment.variables(downloads));
        if (!policy.mayDownload()) {
            all.putAll(OFFLINE);
        }
        all.putAll(command.environment());
        all.putAll(processes.adoption().mark(replica));
        ProcessLauncher.Spec spec =
                new ProcessLauncher.Spec(
                        command.argv(), all, log.file(), processes.emptyDirectory());
        return ManagedProcess.launch(processes.launcher(), spec, replica, log, processes.time());
    }

    private ChildEngine engine(Adoption.Saved saved, ManagedProcess process, boolean wasReady) {
        Duration stall = wasReady ? READY_AGAIN : config.patience().stall();
        ChildEngine.Supervision supervision =
                new ChildEngine.Supervision(
                        driver,
                        http,
                        config.patience().stopGrace(),
                        new Readiness.Watch(stall, () -> 0, downloaded(saved.request())),
                        devices);
        return new ChildEngine(saved, process, processes, supervision);
    }

    /// How much of a load's model has been downloaded so far, read when it is asked for.
    private LongSupplier downloaded(LoadRequest request) {
        EngineOptions.Origin origin = request.options().origin();
        return origin.path() == null && policy.downloads(request)
                ? () -> caches.partialMb(origin.sourceOr(request.modelId()))
                : () -> 0;
    }

    private int reservePort() throws IOException {
        PortRange range = config.started().ports();
        return range == null
                ? processes.ports().reserveAny()
                : processes.ports().reserve(range.first(), range.last());
    }

    private LogTail log(LoadRequest request, EngineDriver.Command command) {
        return processes.log(request.modelId(), redaction(command));
    }

    private static Redaction redaction(EngineDriver.Command command) {
        return Redaction.SHAPES.with(command.argv(), command.environment());
    }
}

package cortex.gateway;

import cortex.core.catalogue.ModelProfile;
import cortex.core.config.HostPort;
import cortex.core.config.Secret;
import cortex.core.dialect.chat.request.Target;
import cortex.core.node.ModelStatus;
import cortex.core.time.Time;
import cortex.gateway.access.AdminAccess;
import cortex.gateway.access.AdminKeyFile;
import cortex.gateway.access.ApiKeys;
import cortex.gateway.access.KeyNames;
import cortex.gateway.access.TrustedProxies;
import cortex.gateway.admin.AdminApi;
import cortex.gateway.admin.Names;
import cortex.gateway.admission.Admission;
import cortex.gateway.body.BodyBudget;
import cortex.gateway.body.MemoryBudget;
import cortex.gateway.body.TranslationPool;
import cortex.gateway.config.AdminConfig;
import cortex.gateway.config.GatewayConfig;
import cortex.gateway.config.ImagesConfig;
import cortex.gateway.config.LimitsConfig;
import cortex.gateway.config.NodeAddress;
import cortex.gateway.config.RequestsConfig;
import cortex.gateway.deadly.Deadly;
import cortex.gateway.fleet.EngineEnds;
import cortex.gateway.fleet.Fleet;
import cortex.gateway.fleet.FleetSnapshot;
import cortex.gateway.fleet.Ticket;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.view.KnownModel;
import cortex.gateway.http.ApiHandler;
import cortex.gateway.http.Cors;
import cortex.gateway.http.FailureRenderer;
import cortex.gateway.http.ReadOnlyPages;
import cortex.gateway.http.models.ModelList;
import cortex.gateway.loading.RunningFleet;
import cortex.gateway.media.WebImages;
import cortex.gateway.metrics.GatewayMetrics;
import cortex.gateway.metrics.MetricsPage;
import cortex.gateway.nodes.NodeIdentity;
import cortex.gateway.proxy.NodeClients;
import cortex.gateway.route.ModelResolver;
import cortex.gateway.serve.ActiveRequests;
import cortex.gateway.serve.InferenceHandler;
import cortex.gateway.timeline.RecentRequests;
import cortex.relay.connection.ClientLimits;
import cortex.relay.connection.Descriptors;
import cortex.relay.guard.BrowserGuard;
import cortex.relay.guard.HostNames;
import cortex.relay.http.ClientNetwork;
import cortex.relay.http.ErrorBody;
import cortex.relay.http.HttpServers;
import cortex.relay.http.Routes;
import cortex.relay.http.RunningServer;
import cortex.relay.http.ServerSettings;
import java.lang.module.ModuleDescriptor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The control plane, running: owns both servers, the fleet and the pollers from start to close.
public final class Gateway implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Gateway.class.getName());

    /// What running requests get, after the drain, to send their last words.
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private static final int METRICS_HEADER = 8 << 10;

    private final GatewayConfig config;
    private final ActiveRequests active = new ActiveRequests();
    private final Replicas replicas;
    private final EngineEnds ends;
    private final List<String> nodes;
    private final List<String> models;
    private final NodeClients clients;
    private final GatewayMetrics metrics;
    private final RecentRequests recent;
    private final TranslationPool pool;
    private final @Nullable AdminKeyFile keyFile;
    private final RunningServer metricsServer;
    private final RunningServer apiServer;

    /// Where replicas come from: the running fleet, or in tests a scripted one. `snapshot` is what
    /// the fleet looks like now, `known` what the engines of a model told, `never` whether no node
    /// can ever hold a model.
    record Replicas(
            BiFunction<ModelProfile, FleetEvent.Asker, Ticket> request,
            Supplier<FleetSnapshot> snapshot,
            Function<String, KnownModel> known,
            Predicate<String> never,
            AdminApi.Operator operator,
            Runnable close) {}

    private Gateway(
            GatewayConfig config,
            Time time,
            Replicas replicas,
            Map<String, NodeIdentity> identities,
            EngineEnds ends) {
        this.config = config;
        this.replicas = replicas;
        this.ends = ends;
        keyFile = keyFile(config.admin());
        nodes = config.fleet().neurons().stream().map(NodeAddress::name).toList();
        models = config.fleet().catalogue().profiles().stream().map(ModelProfile::id).toList();
        clients = new NodeClients(identities, config.timeouts().connect());
        metrics = new GatewayMetrics(version(), models, nodes, this::isUp);
        recent = new RecentRequests(config.admin().recentRequests());
        metricsServer = startMetrics(time);
        pool =
                new TranslationPool(
                        Runtime.getRuntime().availableProcessors(),
                        config.timeouts().translation());
        try {
            apiServer = startApi(time);
            if (keyFile != null) {
                keyFile.publish(apiServer.address());
            }
            warnOfOpenDoors();
        } catch (RuntimeException e) {
            metricsServer.close();
            pool.close();
            clients.close();
            throw e;
        }
    }

    /// Makes and starts every part; returns once both ports are bound.
    ///
    /// @throws cortex.relay.http.BindException when a port is taken
    /// @throws cortex.gateway.access.AdminKeyException when the `admin_key_file` cannot be used
    public static Gateway start(GatewayConfig config, Time time) {
        Map<String, NodeIdentity> identities = identities(config, time);
        EngineEnds ends = new EngineEnds(time);
        RunningFleet running = RunningFleet.start(config, time, identities, ends);
        Fleet fleet = running.fleet();
        try {
            return new Gateway(
                    config,
                    time,
                    new Replicas(
                            fleet::request,
                            fleet::snapshot,
                            fleet::known,
                            running::neverHolds,
                            new AdminApi.Operator(fleet::operate, fleet::plan),
                            running::close),
                    identities,
                    ends);
        } catch (RuntimeException e) {
            running.close();
            throw e;
        }
    }

    static Gateway start(GatewayConfig config, Time time, Replicas replicas) {
        return new Gateway(config, time, replicas, identities(config, time), new EngineEnds(time));
    }

    private static Map<String, NodeIdentity> identities(GatewayConfig config, Time time) {
        Duration patience = config.fleet().polling().timeout();
        return config.fleet().neurons().stream()
                .collect(
                        Collectors.toUnmodifiableMap(
                                NodeAddress::name, node -> NodeIdentity.of(node, time, patience)));
    }

    private void warnOfOpenDoors() {
        HostPort listen = config.server().listen();
        if (config.server().access().apiKeys().isEmpty() && !isLoopback(listen)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "whoever reaches {0} may use every model: set api_keys in [gateway], or listen"
                            + " on 127.0.0.1",
                    listen);
        }
        for (NodeAddress node : config.fleet().neurons()) {
            String host = String.valueOf(node.endpoint().getHost());
            boolean https = "https".equals(node.endpoint().getScheme());
            if (node.key() == null && !https && !isHere(host)) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0} need not prove who it is: whoever has its address is sent prompts."
                            + " Give it keys and its [[neurons]] entry a key (`neuron keys new`)",
                        node.name());
            }
        }
    }

    /// By what is written: no name service is asked, for which the start might have to wait.
    private static boolean isHere(String host) {
        return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
    }

    /// Whether only this host reaches it; a name that is not known is no such address.
    static boolean isLoopback(HostPort listen) {
        InetAddress at = new InetSocketAddress(listen.host(), listen.port()).getAddress();
        return at != null && at.isLoopbackAddress();
    }

    private RunningServer startMetrics(Time time) {
        ServerSettings settings =
                ServerSettings.of(config.server().metricsListen())
                        .withMaxBodyBytes(1 << 10)
                        .withDrainGrace(Duration.ofSeconds(1))
                        .withClients(
                                METRICS_HEADER,
                                Descriptors.beside(),
                                ClientLimits.usual(),
                                ClientNetwork::isLoopback);
        return HttpServers.start(
                settings,
                ErrorBody.openAi(),
                time,
                routes -> {
                    routes.addFilter(guard(origin -> false));
                    Routes.get(
                            routes,
                            "/metrics",
                            new MetricsPage(metrics, config.server().access().metricsKey()));
                });
    }

    private static InferenceHandler.Bounds bounds(LimitsConfig limits, Time time) {
        RequestsConfig requests = limits.requests();
        ImagesConfig images = requests.images();
        return new InferenceHandler.Bounds(
                requests.limits(),
                limits.maxAnswer(),
                requests.maxAnswers(),
                requests.maxInputs(),
                requests.hideCached(),
                new WebImages(
                        new WebImages.Limits(
                                images.maxCount(), images.maxBytes(), images.timeout()),
                        time));
    }

    private RunningServer startApi(Time time) {
        Cors cors = new Cors(config.server().access().corsOrigins());
        FailureRenderer failures = new FailureRenderer(cors);
        ModelResolver resolver = new ModelResolver(config.fleet().catalogue());
        LimitsConfig limits = config.limits();
        Admission admission = admission(time);
        var parts =
                new InferenceHandler.Parts(
                        resolver,
                        admission,
                        replicas.request(),
                        new InferenceHandler.Known(this::isLoaded, this::contextOf, this::target),
                        replicas.snapshot(),
                        clients,
                        new Deadly(
                                config.admission().deadlyMemory(),
                                time,
                                () -> replicas.snapshot().get().engines(),
                                ends),
                        new BodyBudget(limits.maxBody(), new MemoryBudget(limits.maxBuffered())),
                        pool,
                        bounds(limits, time),
                        active,
                        failures,
                        metrics,
                        recent);
        ModelList list = new ModelList(config.fleet().catalogue(), replicas.never(), time.now());
        ReadOnlyPages pages =
                new ReadOnlyPages(replicas.snapshot(), list, resolver, active::isShut);
        ApiHandler api =
                new ApiHandler(
                        time,
                        access(cors),
                        new ApiHandler.Parts(
                                new InferenceHandler(parts, time, config.timeouts()),
                                pages,
                                admin(admission, resolver)),
                        failures);
        ServerSettings settings =
                ServerSettings.of(config.server().listen())
                        .withMaxBodyBytes(limits.maxBody())
                        .withDrainGrace(LAST_WORDS)
                        .withClients(
                                limits.maxHeader(),
                                Descriptors.fit(limits.maxConnections()),
                                config.server().clients(),
                                this::isMany);
        return HttpServers.start(
                settings,
                failures,
                time,
                routes -> {
                    routes.addFilter(guard(cors::allows));
                    routes.any(api);
                });
    }

    /// A proxy is as many clients as stand behind it, and so is one on this machine.
    private boolean isMany(InetAddress address) {
        return ClientNetwork.isLoopback(address)
                || config.server().access().trustedProxies().stream()
                        .anyMatch(proxy -> proxy.contains(address));
    }

    private BrowserGuard guard(Predicate<String> origins) {
        List<String> names = new ArrayList<>(config.server().access().hosts());
        names.add(config.server().listen().host());
        names.add(config.server().metricsListen().host());
        return new BrowserGuard(
                new BrowserGuard.Rules(
                        HostNames.of(names),
                        origins,
                        _ -> false,
                        new BrowserGuard.Words(
                                "Call it by its address or host name, or add the name to hosts in"
                                        + " [gateway] of cortex.toml.",
                                "To let it, add its origin to cors_origins in [gateway] of"
                                        + " cortex.toml.")));
    }

    private Admission admission(Time time) {
        var admission = new Admission(config.admission(), config.limits().maxWaiters(), time);
        metrics.watch(models, admission::waiting, admission::inFlight);
        return admission;
    }

    /// An operator's key is good for everything; without API keys everybody may ask.
    private ApiHandler.Access access(Cors cors) {
        Path state = config.fleet().placement().stateFile();
        KeyNames names = KeyNames.in(state == null ? null : state.toAbsolutePath().getParent());
        List<Secret> api = config.server().access().apiKeys();
        List<Secret> operators = new ArrayList<>(config.admin().keys());
        if (keyFile != null) {
            operators.add(keyFile.key());
        }
        List<Secret> all = new ArrayList<>(api);
        if (!api.isEmpty()) {
            all.addAll(operators);
        }
        return new ApiHandler.Access(
                new ApiKeys(all, names),
                new AdminAccess(
                        new ApiKeys(api, names), new ApiKeys(operators, names), keyFile != null),
                cors,
                new TrustedProxies(config.server().access().trustedProxies()));
    }

    private static @Nullable AdminKeyFile keyFile(AdminConfig admin) {
        if (admin.keyFile() != null) {
            return AdminKeyFile.named(admin.keyFile());
        }
        return admin.keys().isEmpty() ? AdminKeyFile.in(admin.keyFolders()) : null;
    }

    private AdminApi admin(Admission admission, ModelResolver resolver) {
        return new AdminApi(
                new Names(resolver, nodes),
                new AdminApi.Views(replicas.snapshot(), admission, recent),
                replicas.operator());
    }

    private boolean isUp(String node) {
        return replicas.snapshot().get().nodes().stream()
                .anyMatch(view -> view.name().equals(node) && view.healthy());
    }

    private boolean isLoaded(String model) {
        return replicas.snapshot().get().replicas().stream()
                .anyMatch(r -> r.model().equals(model) && r.status() == ModelStatus.LOADED);
    }

    /// The tokens that some loaded replica takes; 0 when one of them does not tell.
    private int contextOf(String model) {
        IntSummaryStatistics told =
                replicas.snapshot().get().replicas().stream()
                        .filter(r -> r.model().equals(model) && r.status() == ModelStatus.LOADED)
                        .mapToInt(r -> r.context() == null ? 0 : r.context())
                        .summaryStatistics();
        return told.getMin() == 0 ? 0 : Math.max(0, told.getMax());
    }

    private Target target(ModelProfile model) {
        return Target.of(model, replicas.known().apply(model.id()).traits());
    }

    /// The version the module was built as.
    private static String version() {
        return Optional.ofNullable(Gateway.class.getModule().getDescriptor())
                .flatMap(ModuleDescriptor::rawVersion)
                .orElse("unknown");
    }

    /// Where the API really listens.
    public HostPort api() {
        return apiServer.address();
    }

    /// Where the metrics really are.
    public HostPort metrics() {
        return metricsServer.address();
    }

    /// Waits until a port is not listened on any more although nobody closed it; says which.
    public String awaitBroken() throws InterruptedException {
        return RunningServer.awaitBroken(apiServer, metricsServer);
    }

    /// Takes no new requests, lets running ones end within the configured time, ends the rest with
    /// an error their clients can see, then stops all. What is loaded stays loaded.
    @Override
    public void close() {
        try {
            int cut = active.drain(config.timeouts().drain(), LAST_WORDS);
            if (cut > 0) {
                LOG.log(System.Logger.Level.WARNING, "ended {0} running requests", cut);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (keyFile != null) {
            keyFile.close();
        }
        apiServer.close();
        pool.close();
        replicas.close().run();
        clients.close();
        metricsServer.close();
        metrics.close();
    }
}

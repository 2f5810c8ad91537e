package cortex.gateway;

import cortex.core.catalogue.ModelProfile;
import cortex.core.config.HostPort;
import cortex.core.config.Secret;
import cortex.core.time.Time;
import cortex.gateway.access.AdminAccess;
import cortex.gateway.access.AdminKeyFile;
import cortex.gateway.access.ApiKeys;
import cortex.gateway.access.KeyNames;
import cortex.gateway.access.TrustedProxies;
import cortex.gateway.admin.AdminApi;
import cortex.gateway.admin.Names;
import cortex.gateway.admission.AdmissionControl;
import cortex.gateway.body.BodyBudget;
import cortex.gateway.body.FormBody;
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
import cortex.gateway.fleet.FleetPort;
import cortex.gateway.fleet.view.NodeView;
import cortex.gateway.http.ApiHandler;
import cortex.gateway.http.Cors;
import cortex.gateway.http.Endpoint;
import cortex.gateway.http.FailureRenderer;
import cortex.gateway.http.ReadOnlyPages;
import cortex.gateway.http.Route;
import cortex.gateway.http.models.ModelList;
import cortex.gateway.loading.RunningFleet;
import cortex.gateway.media.WebImages;
import cortex.gateway.metrics.GatewayMetrics;
import cortex.gateway.metrics.MetricsPage;
import cortex.gateway.nodes.NodeIdentity;
import cortex.gateway.proxy.NodeClients;
import cortex.gateway.route.ModelResolver;
import cortex.gateway.serve.InferenceHandler;
import cortex.gateway.serve.active.ActiveRequests;
import cortex.gateway.timeline.RecentRequests;
import cortex.gateway.timeline.RequestLog;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
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
    private final FleetPort fleet;
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

    private Gateway(
            GatewayConfig config,
            Time time,
            FleetPort fleet,
            Map<String, NodeIdentity> identities,
            EngineEnds ends) {
        this.config = config;
        this.fleet = fleet;
        this.ends = ends;
        keyFile = keyFile(config.admin());
        nodes = config.fleet().neurons().stream().map(NodeAddress::name).toList();
        models = config.fleet().catalogue().profiles().stream().map(ModelProfile::id).toList();
        clients = new NodeClients(identities, config.timeouts().connect());
        metrics =
                new GatewayMetrics(
                        version(),
                        models,
                        nodes,
                        node -> fleet.snapshot().isUp(node),
                        node -> fleet.snapshot().isRestarting(node));
        metrics.watchNodes(() -> fleet.snapshot().nodes().stream().map(Gateway::facts).toList());
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
        FleetPort fleet = RunningFleet.start(config, time, identities, ends);
        try {
            return new Gateway(config, time, fleet, identities, ends);
        } catch (RuntimeException e) {
            fleet.close();
            throw e;
        }
    }

    static Gateway start(GatewayConfig config, Time time, FleetPort fleet) {
        return new Gateway(config, time, fleet, identities(config, time), new EngineEnds(time));
    }

    private static Map<String, NodeIdentity> identities(GatewayConfig config, Time time) {
        Duration patience = config.fleet().polling().timeout();
        return config.fleet().neurons().stream()
                .collect(
                        Collectors.toUnmodifiableMap(
                                NodeAddress::name, node -> NodeIdentity.of(node, time, patience)));
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
                    routes.addFilter(guard(origin -> false, path -> false));
                    Routes.get(
                            routes,
                            "/metrics",
                            new MetricsPage(metrics, config.server().access().metricsKey(), time));
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
                        time),
                new FormBody.Limits(requests.forms().longest(), requests.forms().fields()));
    }

    private RunningServer startApi(Time time) {
        Cors cors = new Cors(config.server().access().corsOrigins());
        FailureRenderer failures = new FailureRenderer(cors);
        ModelResolver resolver = new ModelResolver(config.fleet().catalogue());
        LimitsConfig limits = config.limits();
        AdmissionControl admission = admission(time);
        InferenceHandler inference =
                new InferenceHandler(
                        new InferenceHandler.Intake(
                                active,
                                new BodyBudget(
                                        limits.maxBody(), new MemoryBudget(limits.maxBuffered())),
                                pool,
                                resolver,
                                bounds(limits, time)),
                        new InferenceHandler.Upstream(
                                fleet,
                                admission,
                                new Deadly(
                                        config.admission().deadlyMemory(),
                                        time,
                                        () -> fleet.snapshot().engines(),
                                        ends),
                                clients,
                                config.timeouts()),
                        new InferenceHandler.Outcomes(
                                failures, metrics, new RequestLog(time), recent),
                        time);
        ModelList list = new ModelList(config.fleet().catalogue(), fleet::neverHolds, time.now());
        ReadOnlyPages pages = new ReadOnlyPages(fleet::snapshot, list, resolver, active::isShut);
        ApiHandler api =
                new ApiHandler(
                        time,
                        access(cors),
                        new ApiHandler.Parts(inference, pages, admin(admission, resolver)),
                        failures);
        ServerSettings settings =
                ServerSettings.of(config.server().listen())
                        .withMaxBodyBytes(
                                Math.max(limits.maxBody(), limits.requests().forms().longest()))
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
                    routes.addFilter(guard(cors::allows, Gateway::takesForms));
                    routes.any(api);
                });
    }

    /// A proxy is as many clients as stand behind it, and so is one on this machine.
    private boolean isMany(InetAddress address) {
        return ClientNetwork.isLoopback(address)
                || config.server().access().trustedProxies().stream()
                        .anyMatch(proxy -> proxy.contains(address));
    }

    private static boolean takesForms(String path) {
        return Route.of(path) instanceof Route.Inference(Endpoint endpoint)
                && endpoint.body() == Endpoint.Body.FORM;
    }

    private BrowserGuard guard(Predicate<String> origins, Predicate<String> forms) {
        List<String> names = new ArrayList<>(config.server().access().hosts());
        names.add(config.server().listen().host());
        names.add(config.server().metricsListen().host());
        return new BrowserGuard(
                new BrowserGuard.Rules(
                        HostNames.of(names),
                        origins,
                        forms,
                        new BrowserGuard.Words(
                                "Use this server's address or host name, or add the name to hosts"
                                        + " in [gateway] of cortex.toml.",
                                "To allow them, add the origin to cors_origins in [gateway] of"
                                        + " cortex.toml.")));
    }

    private AdmissionControl admission(Time time) {
        var admission =
                new AdmissionControl(config.admission(), config.limits().maxWaiters(), time);
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

    private AdminApi admin(AdmissionControl admission, ModelResolver resolver) {
        return new AdminApi(new Names(resolver, nodes), fleet, admission, recent);
    }

    private static GatewayMetrics.NodeFacts facts(NodeView node) {
        return new GatewayMetrics.NodeFacts(
                node.name(), node.version(), node.drivers(), node.driverTrouble() == null);
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
        fleet.close();
        clients.close();
        metricsServer.close();
        metrics.close();
    }
}

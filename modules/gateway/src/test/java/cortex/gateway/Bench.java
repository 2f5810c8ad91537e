package cortex.gateway;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelQuirks;
import cortex.core.config.HostPort;
import cortex.core.config.Secret;
import cortex.core.log.LogFormat;
import cortex.core.node.EngineOptions;
import cortex.core.time.SystemTime;
import cortex.gateway.config.AccessConfig;
import cortex.gateway.config.AdminConfig;
import cortex.gateway.config.AdmissionConfig;
import cortex.gateway.config.EvictionConfig;
import cortex.gateway.config.FleetConfig;
import cortex.gateway.config.GatewayConfig;
import cortex.gateway.config.LimitsConfig;
import cortex.gateway.config.NodeAddress;
import cortex.gateway.config.PlacementConfig;
import cortex.gateway.config.PollingConfig;
import cortex.gateway.config.RequestsConfig;
import cortex.gateway.config.RoutingConfig;
import cortex.gateway.config.ServerConfig;
import cortex.gateway.config.TimeoutsConfig;
import cortex.relay.connection.ClientLimits;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/// A gateway on free ports between a scripted fleet with one raw engine and whatever client the
/// test uses.
final class Bench implements AutoCloseable {
    static final TimeoutsConfig TIMING =
            new TimeoutsConfig(
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(5));

    static final AdmissionConfig ADMISSION = new AdmissionConfig(0, 0, 0, 100);

    /// The labels of what `tiny` does on its node.
    static final String ROUTE = "model=\"tiny\",node=\"beast\"";

    static final int MAX_BODY = 1 << 20;

    private static final LimitsConfig LIMITS =
            new LimitsConfig(MAX_BODY, 16 << 10, 16L << 20, 100, 1000);

    /// The operator's key where a test gives none; `get` and `post` show it below `/admin/`.
    static final String OPERATOR = "bench-operator";

    final RawEngine engine = new RawEngine();
    final ScriptedFleet fleet = new ScriptedFleet();
    final Gateway gateway;
    private final HttpClient client;

    Bench() {
        this(TIMING);
    }

    Bench(TimeoutsConfig timing, String... keys) {
        this(timing, ADMISSION, new Open(List.of(keys), List.of(), List.of()));
    }

    Bench(AdmissionConfig admission) {
        this(TIMING, admission, new Open(List.of(), List.of(), List.of()));
    }

    Bench(
            TimeoutsConfig timing,
            AdmissionConfig admission,
            List<String> keys,
            List<String> adminKeys) {
        this(timing, admission, new Open(keys, adminKeys, List.of()));
    }

    /// Lists who may use it: the operators' keys, and everybody else.
    record Open(List<String> adminKeys, AccessConfig access) {
        /// Opens it to these keys, and to web pages of these origins.
        Open(List<String> keys, List<String> adminKeys, List<String> origins) {
            this(adminKeys, new AccessConfig(keys.stream().map(Secret::new).toList(), origins));
        }
    }

    Bench(TimeoutsConfig timing, AdmissionConfig admission, Open open) {
        this(config(timing, admission, open, LIMITS));
    }

    private Bench(GatewayConfig config) {
        fleet.endpoints.add(engine.endpoint());
        gateway = Gateway.start(config, new SystemTime(), fleet);
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    /// One that says nothing of what engines had in their caches.
    static Bench hidingCached() {
        RequestsConfig usual = RequestsConfig.USUAL;
        RequestsConfig hiding =
                new RequestsConfig(
                        usual.limits(),
                        usual.maxAnswers(),
                        usual.maxInputs(),
                        true,
                        usual.images(),
                        usual.forms());
        LimitsConfig limits =
                new LimitsConfig(
                        LIMITS.maxBody(),
                        LIMITS.maxHeader(),
                        LIMITS.maxBuffered(),
                        LIMITS.maxAnswer(),
                        LIMITS.maxWaiters(),
                        LIMITS.maxConnections(),
                        hiding);
        return new Bench(
                config(TIMING, ADMISSION, new Open(List.of(), List.of(), List.of()), limits));
    }

    /// One whose model's requests may hold these fields of engines.
    static Bench allowing(String... fields) {
        ModelProfile usual = profile("tiny", "little");
        ModelQuirks none = ModelQuirks.NONE;
        ModelQuirks allowing =
                new ModelQuirks(
                        none.turns(),
                        none.reasoning(),
                        none.images(),
                        none.schemas(),
                        none.answers(),
                        none.maxOutputTokens(),
                        List.of(fields));
        ModelProfile model =
                new ModelProfile(
                        usual.id(),
                        usual.aliases(),
                        usual.engine(),
                        usual.needs(),
                        usual.residency(),
                        allowing,
                        usual.maxInFlight());
        Open open = new Open(List.of(), List.of(), List.of());
        GatewayConfig config = config(TIMING, ADMISSION, open, LIMITS);
        return new Bench(
                new GatewayConfig(
                        config.server(),
                        config.limits(),
                        config.timeouts(),
                        config.admission(),
                        fleet(model),
                        config.admin(),
                        config.logFormat()));
    }

    /// One whose API web pages of these origins may use.
    static Bench openTo(String... origins) {
        return new Bench(TIMING, ADMISSION, new Open(List.of(), List.of(), List.of(origins)));
    }

    static TimeoutsConfig keepaliveAfter(Duration keepalive) {
        return new TimeoutsConfig(
                keepalive,
                TIMING.idle(),
                TIMING.queue(),
                TIMING.load(),
                TIMING.connect(),
                TIMING.drain());
    }

    private static GatewayConfig config(
            TimeoutsConfig timing, AdmissionConfig admission, Open open, LimitsConfig limits) {
        HostPort any = new HostPort("127.0.0.1", 0);
        return new GatewayConfig(
                new ServerConfig(any, any, ClientLimits.usual(), open.access()),
                limits,
                timing,
                admission,
                fleet(profile("tiny", "little")),
                new AdminConfig(
                        (open.adminKeys().isEmpty() ? List.of(OPERATOR) : open.adminKeys())
                                .stream().map(Secret::new).toList(),
                        10),
                LogFormat.HUMAN);
    }

    private static FleetConfig fleet(ModelProfile tiny) {
        return new FleetConfig(
                List.of(new NodeAddress("beast", URI.create("http://127.0.0.1:9"))),
                new Catalogue(List.of(tiny, profile("org/Coder-30B"))),
                new PollingConfig(Duration.ofSeconds(1), Duration.ofSeconds(1), 3, Duration.ZERO),
                new PlacementConfig(0),
                new EvictionConfig(EvictionConfig.Strategy.LRU, 0, Duration.ZERO, Duration.ZERO),
                RoutingConfig.USUAL);
    }

    static ModelProfile profile(String id, String... aliases) {
        return new ModelProfile(
                id,
                List.of(aliases),
                new ModelProfile.Engine(
                        "llamacpp",
                        null,
                        new EngineOptions(
                                EngineOptions.Origin.NONE,
                                8192,
                                2,
                                null,
                                List.of(),
                                null,
                                List.of())),
                new ModelProfile.Needs(100L, 0, null, null, List.of()),
                ModelProfile.Residency.DEFAULT);
    }

    int port() {
        return gateway.api().port();
    }

    HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .header("Content-Type", "application/json");
    }

    HttpResponse<String> post(String path, String body) throws Exception {
        return send(asOperator(path).POST(HttpRequest.BodyPublishers.ofString(body)).build());
    }

    HttpResponse<String> get(String path) throws Exception {
        return send(asOperator(path).build());
    }

    private HttpRequest.Builder asOperator(String path) {
        HttpRequest.Builder request = to(path);
        return path.startsWith("/admin/") ? request.header("x-api-key", OPERATOR) : request;
    }

    HttpResponse<String> send(HttpRequest request) throws Exception {
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    String metrics() throws Exception {
        URI url = URI.create("http://127.0.0.1:" + gateway.metrics().port() + "/metrics");
        return send(HttpRequest.newBuilder(url).build()).body();
    }

    static void eventually(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("never: " + what);
            }
            Thread.onSpinWait();
            Thread.sleep(1);
        }
    }

    @Override
    public void close() throws IOException {
        engine.close();
        gateway.close();
        client.close();
    }
}

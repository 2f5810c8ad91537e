package cortex.gateway;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ModelProfile;
import cortex.core.config.HostPort;
import cortex.core.config.Secret;
import cortex.core.log.LogFormat;
import cortex.core.node.EngineOptions;
import cortex.core.time.SystemTime;
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
    static final GatewayConfig.Timing TIMING =
            new GatewayConfig.Timing(
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(5));

    static final GatewayConfig.Admission ADMISSION = new GatewayConfig.Admission(0, 0, 0, 100);

    /// The labels of what `tiny` does on its node.
    static final String ROUTE = "model=\"tiny\",node=\"beast\"";

    static final int MAX_BODY = 1 << 20;

    private static final GatewayConfig.Limits LIMITS =
            new GatewayConfig.Limits(MAX_BODY, 16 << 10, 16L << 20, 100, 1000);

    /// The operator's key where a test gives none; `get` and `post` show it below `/admin/`.
    static final String OPERATOR = "bench-operator";

    final RawEngine engine = new RawEngine();
    final ScriptedFleet fleet = new ScriptedFleet();
    final Gateway gateway;
    private final HttpClient client;

    Bench() {
        this(TIMING);
    }

    Bench(GatewayConfig.Timing timing, String... keys) {
        this(timing, ADMISSION, new Open(List.of(keys), List.of(), List.of()));
    }

    Bench(GatewayConfig.Admission admission) {
        this(TIMING, admission, new Open(List.of(), List.of(), List.of()));
    }

    Bench(
            GatewayConfig.Timing timing,
            GatewayConfig.Admission admission,
            List<String> keys,
            List<String> adminKeys) {
        this(timing, admission, new Open(keys, adminKeys, List.of()));
    }

    /// To whom it is open: API keys, admin keys, and who stands around it.
    record Open(List<String> keys, List<String> adminKeys, GatewayConfig.Surroundings around) {
        /// To web pages of these origins.
        Open(List<String> keys, List<String> adminKeys, List<String> origins) {
            this(
                    keys,
                    adminKeys,
                    new GatewayConfig.Surroundings(origins, List.of(), List.of(), null));
        }
    }

    Bench(GatewayConfig.Timing timing, GatewayConfig.Admission admission, Open open) {
        this(config(timing, admission, open, LIMITS));
    }

    private Bench(GatewayConfig config) {
        fleet.endpoints.add(engine.endpoint());
        gateway = Gateway.start(config, new SystemTime(), fleet.replicas());
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    /// One that says nothing of what engines had in their caches.
    static Bench hidingCached() {
        GatewayConfig.Requests usual = GatewayConfig.Requests.USUAL;
        GatewayConfig.Requests hiding =
                new GatewayConfig.Requests(
                        usual.maxTokens(),
                        usual.maxTurns(),
                        usual.maxTools(),
                        usual.maxParts(),
                        usual.maxAnswers(),
                        usual.maxInputs(),
                        true,
                        usual.images());
        GatewayConfig.Limits limits =
                new GatewayConfig.Limits(
                        LIMITS.maxBody(),
                        LIMITS.maxHeader(),
                        LIMITS.maxBuffered(),
                        LIMITS.maxAnswer(),
                        LIMITS.maxWaiters(),
                        LIMITS.maxConnections(),
                        LIMITS.translation(),
                        hiding);
        return new Bench(
                config(TIMING, ADMISSION, new Open(List.of(), List.of(), List.of()), limits));
    }

    /// One whose API web pages of these origins may use.
    static Bench openTo(String... origins) {
        return new Bench(TIMING, ADMISSION, new Open(List.of(), List.of(), List.of(origins)));
    }

    static GatewayConfig.Timing keepaliveAfter(Duration keepalive) {
        return new GatewayConfig.Timing(
                keepalive,
                TIMING.idle(),
                TIMING.queue(),
                TIMING.load(),
                TIMING.connect(),
                TIMING.drain());
    }

    private static GatewayConfig config(
            GatewayConfig.Timing timing,
            GatewayConfig.Admission admission,
            Open open,
            GatewayConfig.Limits limits) {
        HostPort any = new HostPort("127.0.0.1", 0);
        return new GatewayConfig(
                new GatewayConfig.Server(any, any, ClientLimits.usual(), open.around()),
                limits,
                timing,
                admission,
                new GatewayConfig.Polling(
                        Duration.ofSeconds(1), Duration.ofSeconds(1), 3, Duration.ZERO),
                new GatewayConfig.Placement(0),
                new GatewayConfig.Eviction(
                        GatewayConfig.Strategy.LRU, 0, Duration.ZERO, Duration.ZERO),
                GatewayConfig.Routing.USUAL,
                List.of(new GatewayConfig.NodeAddress("beast", URI.create("http://127.0.0.1:9"))),
                open.keys().stream().map(Secret::new).toList(),
                new GatewayConfig.Admin(
                        (open.adminKeys().isEmpty() ? List.of(OPERATOR) : open.adminKeys())
                                .stream().map(Secret::new).toList(),
                        10),
                LogFormat.HUMAN,
                new Catalogue(List.of(profile("tiny", "little"), profile("org/Coder-30B"))));
    }

    static ModelProfile profile(String id, String... aliases) {
        return new ModelProfile(
                id,
                List.of(aliases),
                "llamacpp",
                null,
                new ModelProfile.Needs(100L, 0, null, null, List.of()),
                ModelProfile.Residency.DEFAULT,
                new EngineOptions(null, null, 8192, 2, null, List.of(), null, List.of()));
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

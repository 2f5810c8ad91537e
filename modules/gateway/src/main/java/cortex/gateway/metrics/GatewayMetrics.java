package cortex.gateway.metrics;

import cortex.core.failure.Limit;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/// Everything the gateway measures. Safe for use by many threads; a request costs a lookup and a
/// handful of additions.
public final class GatewayMetrics implements AutoCloseable {
    /// What a scrape's body is.
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<Route, RouteMeters> routes = new ConcurrentHashMap<>();
    private final Map<Rejection, Counter> rejections = new ConcurrentHashMap<>();
    private volatile Runnable refresh = () -> {};

    /// What a node tells of itself: its versions, and whether all its devices can be read.
    public record NodeFacts(String node, String neuron, String drivers, boolean readable) {}

    /// Makes the meters of every model on every node at once, so that the first event of each is an
    /// increase from 0. Of a node by its name `isUp` tells whether it answers, `restarts` whether
    /// its neuron is restarting.
    public GatewayMetrics(
            String version,
            List<String> models,
            List<String> nodes,
            Predicate<String> isUp,
            Predicate<String> restarts) {
        for (String model : models) {
            for (String node : nodes) {
                RouteMeters route = route(model, node);
                route.requests("chat_completions", 200);
                route.errors("engine_gone");
                route.errors("engine_error");
            }
            route(model, RequestFacts.NO_NODE).errors("no_capacity");
            for (Limit limit : List.of(Limit.MODEL_QUEUE, Limit.QUEUE, Limit.CLIENT)) {
                rejections(model, limit);
            }
        }
        for (String node : nodes) {
            Gauge.builder("cortex.node.up", isUp, up -> up.test(node) ? 1 : 0)
                    .description("1 if the neuron answers, else 0.")
                    .tag("node", node)
                    .strongReference(true)
                    .register(registry);
            Gauge.builder("cortex.node.restarting", restarts, now -> now.test(node) ? 1 : 0)
                    .description("1 while the neuron restarts and is expected back, else 0.")
                    .tag("node", node)
                    .strongReference(true)
                    .register(registry);
        }
        Gauge.builder("cortex.build.info", () -> 1)
                .description("The version that runs; always 1.")
                .tag("version", version)
                .tag("java", Runtime.version().toString())
                .register(registry);
    }

    /// A request goes to an engine now; to be followed by {@link #ended}.
    public void began(String model, String node) {
        route(model, node).began();
    }

    /// A request has left the engine.
    public void ended(String model, String node) {
        route(model, node).ended();
    }

    /// A request is over.
    public void finished(RequestFacts facts) {
        String model = facts.route().model();
        route(model, facts.route().node()).finished(facts);
        Limit full = facts.answer().full();
        if (full != null) {
            rejections(model, full).increment();
        }
    }

    /// Shows, from now on, how many requests wait for each model and how many are under way.
    public void watch(
            List<String> models, ToIntFunction<String> waiting, ToIntFunction<String> inFlight) {
        for (String model : models) {
            gauge("cortex.requests.queued", "Waiting requests, by model.", model, waiting);
            gauge("cortex.model.in.flight", "Requests in flight, by model.", model, inFlight);
        }
    }

    /// Shows, from now on, what nodes tell of themselves whenever the page is made.
    public void watchNodes(Supplier<List<NodeFacts>> nodes) {
        MultiGauge info =
                MultiGauge.builder("cortex.node.info")
                        .description("The versions of a node's neuron and drivers; always 1.")
                        .register(registry);
        MultiGauge readable =
                MultiGauge.builder("cortex.node.devices.readable")
                        .description("1 if all devices of the node can be read, else 0.")
                        .register(registry);
        refresh =
                () -> {
                    List<NodeFacts> now = nodes.get();
                    info.register(now.stream().map(GatewayMetrics::info).toList(), true);
                    readable.register(now.stream().map(GatewayMetrics::readable).toList(), true);
                };
    }

    private static MultiGauge.Row<?> info(NodeFacts node) {
        return MultiGauge.Row.of(
                Tags.of("node", node.node(), "neuron", node.neuron(), "drivers", node.drivers()),
                1);
    }

    private static MultiGauge.Row<?> readable(NodeFacts node) {
        return MultiGauge.Row.of(Tags.of("node", node.node()), node.readable() ? 1 : 0);
    }

    private void gauge(String name, String help, String model, ToIntFunction<String> count) {
        Gauge.builder(name, count, c -> c.applyAsInt(model))
                .description(help)
                .tag("model", model)
                .strongReference(true)
                .register(registry);
    }

    private Counter rejections(String model, Limit limit) {
        return rejections.computeIfAbsent(
                new Rejection(model, limit),
                r ->
                        Counter.builder("cortex.rejections")
                                .description("Requests refused with 429, by the limit reached.")
                                .tag("model", r.model())
                                .tag("reason", r.limit().label())
                                .register(registry));
    }

    private record Rejection(String model, Limit limit) {}

    /// All meters in the Prometheus text format 0.0.4.
    public String scrape() {
        refresh.run();
        return registry.scrape();
    }

    @Override
    public void close() {
        registry.close();
    }

    private record Route(String model, String node) {}

    private RouteMeters route(String model, String node) {
        Route route = new Route(model, node);
        RouteMeters meters = routes.get(route);
        return meters != null
                ? meters
                : routes.computeIfAbsent(
                        route, r -> new RouteMeters(registry, r.model(), r.node()));
    }
}

package cortex.gateway.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// The meters of one model on one node, looked up once and kept.
final class RouteMeters {
    private static final double[] TTFT = {
        .05, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 320
    };
    private static final double[] PER_TOKEN = {
        .005, .01, .02, .03, .04, .05, .075, .1, .15, .2, .3, .5, 1
    };
    private static final double[] TOTAL = {.1, .25, .5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600};
    private static final double[] COLD_START = {1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600};
    private static final double[] QUEUE = {.001, .01, .1, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600};

    private final MeterRegistry registry;
    private final Tags tags;
    private final AtomicLong inFlight = new AtomicLong();
    private final Map<Answer, Counter> requests = new ConcurrentHashMap<>();
    private final Map<String, Counter> errors = new ConcurrentHashMap<>();
    private final Timer duration;
    private final Timer firstToken;
    private final Timer perToken;
    private final Timer queue;
    private final Timer coldStart;
    private final Counter coldStarts;
    private final Counter promptTokens;
    private final Counter completionTokens;
    private final Counter cachedTokens;
    private final Counter disconnects;
    private final Counter retries;

    RouteMeters(MeterRegistry registry, String model, String node) {
        this.registry = registry;
        this.tags = Tags.of("model", model, "node", node);
        duration =
                timer(
                        "cortex.request.duration",
                        "Time from accepting a request to the end of its answer.",
                        TOTAL);
        firstToken =
                timer(
                        "cortex.time.to.first.token",
                        "Time from accepting a request to the first content sent; streamed"
                                + " requests.",
                        TTFT);
        perToken =
                timer(
                        "cortex.time.per.output.token",
                        "Mean time between tokens of one streamed answer.",
                        PER_TOKEN);
        queue =
                timer(
                        "cortex.queue.duration",
                        "Time from accepting a request to assigning it a replica.",
                        QUEUE);
        coldStart =
                timer(
                        "cortex.cold.start.duration",
                        "Time that requests waited for a model to load.",
                        COLD_START);
        coldStarts = counter("cortex.cold.starts", "Requests that had to wait for a load.");
        promptTokens = counter("cortex.prompt.tokens", "Prompt tokens, cached ones included.");
        completionTokens = counter("cortex.completion.tokens", "Tokens generated.");
        cachedTokens = counter("cortex.cached.tokens", "Prompt tokens the engine had cached.");
        disconnects = counter("cortex.client.disconnects", "Clients that left before the end.");
        retries = counter("cortex.upstream.retries", "Retries before the first byte of an answer.");
        Gauge.builder("cortex.requests.in.flight", inFlight, AtomicLong::doubleValue)
                .description("Requests at an engine now.")
                .tags(tags)
                .register(registry);
    }

    void began() {
        inFlight.incrementAndGet();
    }

    void ended() {
        inFlight.decrementAndGet();
    }

    void finished(RequestFacts facts) {
        String outcome = facts.answer().outcome();
        requests(facts.route().endpoint(), facts.answer().status()).increment();
        if (!outcome.equals(RequestFacts.OK)) {
            errors(outcome).increment();
        }
        if (outcome.equals("client_gone")) {
            disconnects.increment();
        }
        retries.increment(facts.retries());
        RequestFacts.Times times = facts.times();
        record(duration, times.total());
        record(queue, times.queued());
        record(firstToken, times.firstToken());
        if (facts.coldStart()) {
            coldStarts.increment();
            record(coldStart, times.queued());
        }
        tokens(facts);
    }

    private void tokens(RequestFacts facts) {
        Long prompt = facts.usage().promptTokens();
        Long completion = facts.usage().completionTokens();
        Long cached = facts.usage().cachedTokens();
        promptTokens.increment(prompt == null ? 0 : prompt.doubleValue());
        cachedTokens.increment(cached == null ? 0 : cached.doubleValue());
        long made = completion == null ? Math.max(0, facts.chunks()) : completion;
        completionTokens.increment((double) made);
        RequestFacts.Times times = facts.times();
        if (times.firstToken() >= 0 && made > 1) {
            record(perToken, (times.total() - times.firstToken()) / (made - 1));
        }
    }

    private static void record(Timer timer, long nanos) {
        if (nanos >= 0) {
            timer.record(nanos, TimeUnit.NANOSECONDS);
        }
    }

    private record Answer(String endpoint, int status) {}

    Counter requests(String endpoint, int status) {
        return requests.computeIfAbsent(
                new Answer(endpoint, status),
                answer ->
                        Counter.builder("cortex.requests")
                                .description("Requests answered, by status; 499: client left.")
                                .tags(tags)
                                .tag("endpoint", answer.endpoint())
                                .tag("status", Integer.toString(answer.status()))
                                .register(registry));
    }

    Counter errors(String type) {
        return errors.computeIfAbsent(
                type,
                t ->
                        Counter.builder("cortex.request.errors")
                                .description("Requests that failed, by reason.")
                                .tags(tags)
                                .tag("type", t)
                                .register(registry));
    }

    private Timer timer(String name, String help, double[] seconds) {
        Duration[] buckets = new Duration[seconds.length];
        for (int i = 0; i < seconds.length; i++) {
            buckets[i] = Duration.ofNanos(Math.round(seconds[i] * 1e9));
        }
        return Timer.builder(name)
                .description(help)
                .tags(tags)
                .serviceLevelObjectives(buckets)
                .register(registry);
    }

    private Counter counter(String name, String help) {
        return Counter.builder(name).description(help).tags(tags).register(registry);
    }
}

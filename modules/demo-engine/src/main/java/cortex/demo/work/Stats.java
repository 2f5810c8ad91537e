package cortex.demo.work;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/// What the engine has done since it started, for tests and for `/metrics`. Safe for use by many
/// threads; a reading is not a consistent cut.
public final class Stats {
    /// Things counted.
    public enum Count {
        /// Generations asked for.
        REQUESTS,
        /// Generations ended with an answer.
        COMPLETED,
        /// Generations dropped because the client left.
        CANCELLED,
        /// Generations ended by a fault or refused.
        FAILED,
        /// Tokens generated, as they are.
        TOKENS,
        /// Prompt tokens read, cached ones apart.
        PROMPT_TOKENS,
        /// Prompt tokens found in a cache.
        CACHED_TOKENS,
        /// Tokens of ended generations.
        ENDED_TOKENS,
        /// Nanoseconds spent reading prompts.
        PROMPT_NANOS,
        /// Nanoseconds spent generating.
        TOKEN_NANOS
    }

    private final Map<Count, LongAdder> counts = new EnumMap<>(Count.class);
    private final Map<String, LongAdder> endpoints = new ConcurrentSkipListMap<>();

    /// All zero.
    public Stats() {
        for (Count count : Count.values()) {
            counts.put(count, new LongAdder());
        }
    }

    /// Adds `amount`.
    public void add(Count count, long amount) {
        adder(count).add(amount);
    }

    /// Adds one.
    public void count(Count count) {
        add(count, 1);
    }

    /// The present reading.
    public long get(Count count) {
        return adder(count).sum();
    }

    private LongAdder adder(Count count) {
        return Objects.requireNonNull(counts.get(count));
    }

    /// Counts a request to `path`, whatever its answer.
    public void endpoint(String path) {
        endpoints.computeIfAbsent(path, p -> new LongAdder()).increment();
    }

    /// Requests by path.
    public Map<String, Long> endpoints() {
        Map<String, Long> all = new TreeMap<>();
        endpoints.forEach((path, count) -> all.put(path, count.sum()));
        return all;
    }

    /// Books the times and tokens of an ended generation.
    void ended(Timings timings) {
        add(Count.ENDED_TOKENS, timings.generated());
        add(Count.PROMPT_NANOS, timings.readNanos());
        add(Count.TOKEN_NANOS, timings.generatedNanos());
    }
}

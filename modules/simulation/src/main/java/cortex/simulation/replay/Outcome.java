package cortex.simulation.replay;

import com.fasterxml.jackson.annotation.JsonUnwrapped;

/// What came of a trace under one strategy. `refused` got no answer. In JSON it is one flat object.
public record Outcome(
        String strategy,
        int requests,
        @JsonUnwrapped Loads loads,
        @JsonUnwrapped(prefix = "wait_") Waits waits,
        int evictions,
        int refused,
        @JsonUnwrapped Memory memory) {
    /// The models brought up: `coldStarts` are the requests that had to wait for one,
    /// `coldStartSecs` the seconds that all loads took.
    public record Loads(int loads, int coldStarts, double coldStartSecs) {}

    /// How long requests waited, in seconds: all together, and what half, 95 % and 99 % of them
    /// waited at most.
    public record Waits(double secs, double p50, double p95, double p99) {}

    /// How much of the devices' memory engines held on average, and engines with requests in
    /// flight.
    public record Memory(double heldPct, double busyPct) {}
}

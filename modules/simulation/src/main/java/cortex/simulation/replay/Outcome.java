package cortex.simulation.replay;

/// What came of a trace under one strategy. A load is a model brought up, a cold start a request
/// that had to wait for one; `coldStartSecs` are the seconds that all loads took, `waitSecs` what
/// all requests waited together, beside the waits of half and of 95 % of them. `refused` got no
/// answer. `heldPct` of the devices' memory was held by engines on average, `busyPct` by engines
/// with requests in flight.
public record Outcome(
        String strategy,
        int requests,
        int loads,
        int coldStarts,
        double coldStartSecs,
        double waitSecs,
        double waitP50,
        double waitP95,
        double waitP99,
        int evictions,
        int refused,
        double heldPct,
        double busyPct) {}

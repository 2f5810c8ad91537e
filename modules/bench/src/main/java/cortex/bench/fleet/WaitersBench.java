package cortex.bench.fleet;

import cortex.gateway.fleet.machine.FleetEvent;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// The fleet's tick while requests wait for a load: what it costs and allocates (`-prof gc`) must
/// not grow with their number.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(1)
public class WaitersBench {
    /// Requests that wait, spread over eight models that are being loaded.
    @Param({"8", "1000", "50000"})
    public int waiters;

    private WarmFleet fleet;
    private long now = Duration.ofHours(1).toNanos();

    /// Eight loads that do not end.
    @Setup(Level.Trial)
    public void ask() {
        fleet = new WarmFleet(8, 8);
        fleet.report(24_000, List.of(), now);
        for (int i = 0; i < waiters; i++) {
            now++;
            fleet.machine.on(
                    new FleetEvent.Requested(
                            i + 1, fleet.models.get(i % 8), FleetEvent.Caller.ANYBODY),
                    now);
        }
    }

    /// Time passes, nothing happens.
    @Benchmark
    public int tick() {
        return fleet.machine.on(new FleetEvent.Tick(), ++now).effects().size();
    }
}

package cortex.bench.fleet;

import cortex.core.time.SystemTime;
import cortex.gateway.fleet.Fleet;
import cortex.gateway.fleet.Lease;
import cortex.gateway.fleet.Ticket;
import cortex.gateway.fleet.machine.FleetEvent;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/// A lease taken and closed on a warm fleet: at least a million a second on two cores.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(1)
public class LeaseBench {
    private static final Duration AT_ONCE = Duration.ofSeconds(1);

    private WarmFleet warm;
    private Fleet fleet;

    /// Eight models, loaded on four nodes.
    @Setup(Level.Trial)
    public void load() {
        SystemTime time = new SystemTime();
        warm = new WarmFleet(4, 8);
        warm.report(24_000, List.of(), time.nanos());
        warm.models.forEach(model -> warm.load(model, time.nanos()));
        fleet = new Fleet(warm.machine, time, _ -> {});
    }

    /// The way of a request through the fleet.
    @Benchmark
    @Threads(16)
    public Object acquireAndClose() throws InterruptedException {
        var model = warm.models.get((int) (Thread.currentThread().threadId() & 7));
        try (Ticket ticket = fleet.request(model, FleetEvent.Caller.ANYBODY)) {
            Lease lease = Objects.requireNonNull(ticket.await(AT_ONCE));
            lease.close();
            return lease;
        }
    }

    /// The same without contention.
    @Benchmark
    @Threads(1)
    public Object alone() throws InterruptedException {
        return acquireAndClose();
    }
}

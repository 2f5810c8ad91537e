package cortex.gateway.loading;

import cortex.core.time.Time;
import cortex.gateway.GatewayConfig;
import cortex.gateway.fleet.Fleet;
import cortex.gateway.fleet.machine.FleetMachine;

/// A fleet with everything that keeps it going: one watcher and one commander per neuron. Owns
/// their threads.
public final class RunningFleet implements AutoCloseable {
    private final Fleet fleet;

    private RunningFleet(Fleet fleet) {
        this.fleet = fleet;
    }

    /// Starts watching the configured neurons. Returns at once: until they answer, requests are
    /// refused with a reason.
    public static RunningFleet start(GatewayConfig config, Time time) {
        var settings =
                new FleetMachine.Settings(
                        config.neurons(),
                        config.catalogue(),
                        config.polling().misses(),
                        config.limits().maxWaiters());
        return new RunningFleet(new Fleet(new FleetMachine(settings), time, _ -> {}));
    }

    /// Where replicas are asked for.
    public Fleet fleet() {
        return fleet;
    }

    /// Refuses all that waits, then stops the threads. What is loaded stays loaded.
    @Override
    public void close() {
        fleet.close();
    }
}

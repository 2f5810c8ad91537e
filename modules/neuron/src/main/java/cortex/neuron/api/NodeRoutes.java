package cortex.neuron.api;

import cortex.core.node.Discovery;
import cortex.core.node.NodeHealth;
import cortex.core.time.Time;
import cortex.neuron.device.DeviceSnapshot;
import cortex.neuron.device.Devices;
import cortex.neuron.host.Host;
import cortex.neuron.replica.ReplicaHost;
import java.time.Duration;

/// What the host is and how it is: `/discovery` and `/health`. Both answer from memory and from
/// /proc, never from a tool or an engine.
public final class NodeRoutes {
    private final Host host;
    private final Devices devices;
    private final ReplicaHost replicas;
    private final Time time;
    private final long started;

    /// Counts the uptime from here.
    public NodeRoutes(Host host, Devices devices, ReplicaHost replicas, Time time) {
        this.host = host;
        this.devices = devices;
        this.replicas = replicas;
        this.time = time;
        this.started = time.nanos();
    }

    Discovery discovery() {
        DeviceSnapshot now = devices.snapshot();
        return new Discovery(
                host.hostname(),
                host.os(),
                host.kernel(),
                now.cudaVersion(),
                now.driverVersion(),
                now.infos(),
                replicas.harnesses(),
                Host.memory().totalMb(),
                now.note());
    }

    NodeHealth health() {
        DeviceSnapshot now = devices.snapshot();
        Duration age = now.age();
        return new NodeHealth(
                Duration.ofNanos(time.nanos() - started).toSeconds(),
                now.healths(),
                Host.memory().availableMb(),
                age == null ? null : age.toSeconds());
    }
}

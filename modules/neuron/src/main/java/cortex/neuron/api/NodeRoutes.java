package cortex.neuron.api;

import cortex.core.node.Discovery;
import cortex.core.node.HarnessHealth;
import cortex.core.node.NodeHealth;
import cortex.core.time.Time;
import cortex.neuron.device.DeviceSnapshot;
import cortex.neuron.device.Devices;
import cortex.neuron.host.Host;
import cortex.neuron.replica.ReplicaHost;
import java.lang.module.ModuleDescriptor;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the host is and how it is: `/discovery` and `/health`, which answer from memory and from
/// /proc, never from a tool or an engine; and its harnesses.
public final class NodeRoutes {
    private final Host host;
    private final Devices devices;
    private final ReplicaHost replicas;
    private final RestartNotice notice;
    private final Time time;
    private final long started;

    /// Counts the uptime from here.
    public NodeRoutes(
            Host host, Devices devices, ReplicaHost replicas, RestartNotice notice, Time time) {
        this.host = host;
        this.devices = devices;
        this.replicas = replicas;
        this.notice = notice;
        this.time = time;
        this.started = time.nanos();
    }

    Discovery discovery() {
        DeviceSnapshot now = devices.snapshot();
        return new Discovery(
                host.hostname(),
                host.os(),
                host.kernel(),
                now.infos(),
                replicas.harnesses(),
                Host.memory().totalMb(),
                new Discovery.Said(now.note(), version()));
    }

    /// The version the module was built as.
    private static @Nullable String version() {
        return Optional.ofNullable(NodeRoutes.class.getModule().getDescriptor())
                .flatMap(ModuleDescriptor::rawVersion)
                .orElse(null);
    }

    /// For whoever asks over that connection.
    NodeHealth health(String connection) {
        DeviceSnapshot now = devices.snapshot();
        Duration age = now.age();
        List<HarnessHealth> harnesses = replicas.harnessHealth();
        boolean busy = harnesses.stream().anyMatch(harness -> harness.inFlight() > 0);
        return new NodeHealth(
                Duration.ofNanos(time.nanos() - started).toSeconds(),
                now.healths(),
                Host.memory().availableMb(),
                age == null ? null : age.toSeconds(),
                harnesses,
                replicas.unloads(),
                notice.healthAsked(connection, busy));
    }

    /// The models were asked for over that connection, and are answered.
    void modelsAsked(String connection) {
        notice.modelsAsked(connection);
    }

    /// Restarts a harness; waits until that is done.
    HarnessHealth.Restarted restart(String name, Fields body) {
        HarnessHealth harness =
                replicas.harnessHealth().stream()
                        .filter(one -> one.name().equals(name))
                        .findFirst()
                        .orElseThrow(() ->
                                new Refusal(
                                        404,
                                        "no_harness",
                                        "This node has no harness '" + name + "'."));
        if (!harness.restartable()) {
            throw new Refusal(
                    501,
                    "not_restartable",
                    "The harness '"
                            + name
                            + "' talks to an engine that somebody else runs; set its `unit` in"
                            + " neuron.toml to have it restarted.");
        }
        return replicas.restart(name, body.flag("only_if_idle"));
    }
}

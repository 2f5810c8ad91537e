package cortex.gateway.fleet.machine;

import cortex.core.node.Discovery;
import cortex.core.node.NodeHealth;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/// One configured node as the fleet knows it. Changed by the machine only.
public final class NodeState {
    final String name;
    final URI endpoint;
    boolean answered;
    boolean healthy;
    int misses;
    @Nullable String problem = "has not answered yet";
    @Nullable Discovery discovery;
    @Nullable NodeHealth health;

    NodeState(String name, URI endpoint) {
        this.name = name;
        this.endpoint = endpoint;
    }

    /// The configured name.
    public String name() {
        return name;
    }

    /// The neuron's base URL.
    public URI endpoint() {
        return endpoint;
    }

    /// Whether it ever answered.
    public boolean answered() {
        return answered;
    }

    /// Whether it answers.
    public boolean healthy() {
        return healthy;
    }

    /// Why it is not healthy, or null.
    public @Nullable String problem() {
        return problem;
    }

    /// Its host, once known.
    public @Nullable Discovery discovery() {
        return discovery;
    }

    /// Its last readings.
    public @Nullable NodeHealth health() {
        return health;
    }
}

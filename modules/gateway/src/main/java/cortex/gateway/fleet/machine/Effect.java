package cortex.gateway.fleet.machine;

import cortex.core.failure.Failure;
import cortex.core.node.LoadRequest;
import java.net.URI;

/// What the machine wants done, as values: the production code carries them out, tests compare
/// them, the simulator interprets them. Each command is answered by exactly one event with its
/// generation.
public sealed interface Effect {
    /// What happens to a request.
    sealed interface Answer extends Effect {
        /// The request it is for.
        long request();
    }

    /// What a node is to do.
    sealed interface Command extends Effect {
        /// The node's configured name.
        String node();
    }

    /// The request may go to this replica; to be answered by Released. `cold` when it had to wait
    /// for a load.
    record Grant(long request, Target target, boolean cold) implements Answer {}

    /// Where a grant leads.
    record Target(String model, String node, URI endpoint, String engineModel, long generation) {}

    /// The request is refused.
    record Refuse(long request, Failure failure) implements Answer {}

    /// Load a model; answered by LoadDone or LoadFailed.
    record StartLoad(String node, long generation, LoadRequest request) implements Command {}

    /// Watch a load that is there already (found on a neuron) until it is ready, as StartLoad does;
    /// answered by LoadDone or LoadFailed.
    record Adopt(String node, long generation, String model, String replica) implements Command {}

    /// Unload one replica, named by the neuron's own id for that load; answered by UnloadDone or
    /// UnloadFailed.
    record StartUnload(
            String node, long generation, String model, String replica, boolean onlyIfIdle)
            implements Command {}

    /// Poll this node now, not at its next turn. Not answered.
    record PollNow(String node) implements Command {}
}

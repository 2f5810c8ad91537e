package cortex.gateway.loading;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.gateway.nodes.NeuronClient;
import cortex.gateway.nodes.NeuronException;

/// Fetches from one node what its engines printed last, for operators.
final class EngineLog {
    private static final int NOT_FOUND = 404;
    private static final int BAD_GATEWAY = 502;

    private final String node;
    private final NeuronClient neuron;

    EngineLog(String node, NeuronClient neuron) {
        this.node = node;
        this.neuron = neuron;
    }

    /// The log of a model's engine; waits for the neuron's answer.
    ///
    /// @throws FailureException when there is none
    String of(String model) {
        try {
            return neuron.log(model);
        } catch (NeuronException e) {
            throw new FailureException(
                    e.notFound()
                            ? new Failure.Unsupported(
                                    NOT_FOUND,
                                    "No engine of '" + model + "' has run on " + node + ".",
                                    "no_log")
                            : new Failure.Unsupported(
                                    BAD_GATEWAY,
                                    node + " does not give the log: it " + e.text() + ".",
                                    "node_failed"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailureException(new Failure.ShuttingDown());
        }
    }
}

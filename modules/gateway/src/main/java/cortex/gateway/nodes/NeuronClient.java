package cortex.gateway.nodes;

import cortex.core.files.FilesQuestion;
import cortex.core.files.FilesReport;
import cortex.core.node.Discovery;
import cortex.core.node.LoadRequest;
import cortex.core.node.LoadResponse;
import cortex.core.node.ModelInfo;
import cortex.core.node.NodeHealth;
import cortex.core.node.UnloadRequest;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One neuron's API. Every method blocks until the answer is there or its time is over, and may be
/// called by many threads.
public interface NeuronClient {
    /// What the host is.
    Discovery discovery() throws NeuronException, InterruptedException;

    /// How the host is.
    NodeHealth health() throws NeuronException, InterruptedException;

    /// The replicas it holds.
    List<ModelInfo> models() throws NeuronException, InterruptedException;

    /// What there is of a catalogue's files; the question goes there only when the neuron does not
    /// know it. Without models for who has the revision `known`; null from a neuron that does not
    /// look for files.
    @Nullable FilesReport files(FilesQuestion question, @Nullable String known)
            throws NeuronException, InterruptedException;

    /// Makes sure that a model is loaded or being loaded; never waits for the engine.
    LoadResponse load(LoadRequest request) throws NeuronException, InterruptedException;

    /// Unloads a model; returns when the engine is verified gone.
    void unload(UnloadRequest request) throws NeuronException, InterruptedException;

    /// Restarts a harness of the node; returns when that is done. Refused, as busy, while requests
    /// are in flight at any of its models.
    void restart(String harness) throws NeuronException, InterruptedException;

    /// How a loaded model is reached from here.
    Endpoint endpoint(String model) throws NeuronException, InterruptedException;

    /// What the engine of a model printed last, also of one that is gone.
    String log(String model) throws NeuronException, InterruptedException;

    /// Where an engine is reached from here (no slash at the end), the name it answers to, and the
    /// neuron's id for the load it belongs to.
    record Endpoint(URI url, String engineModel, String replica) {}
}

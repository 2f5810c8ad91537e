/// The replicas of this node: what is loaded, loading, failed, and how busy it is. Owns THE lock of
/// the node, {@link cortex.neuron.replica.ReplicaHost}; never holds it over I/O. May use `harness`
/// and `process`; called by `api` and the composition root.
@NullMarked
package cortex.neuron.replica;

import org.jspecify.annotations.NullMarked;

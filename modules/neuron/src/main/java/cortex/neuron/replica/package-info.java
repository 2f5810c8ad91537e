/// The replicas of this node: what is loaded, loading, failed, and how busy it is. Owns THE lock of
/// the node, in its book; never holds it over I/O. May use `harness`, `process`, `device` and
/// `memory`; called by `api` and the composition root through {@link
/// cortex.neuron.replica.ReplicaHost}.
@NullMarked
package cortex.neuron.replica;

import org.jspecify.annotations.NullMarked;

/// The replicas of this node: what is loaded, loading, failed, and how busy it is. Owns THE lock of
/// the node, in its book; never holds it over I/O.
///
/// Used by: neuron, neuron.api.
@NullMarked
package cortex.neuron.replica;

import org.jspecify.annotations.NullMarked;

/// The memory of replicas as measured: what each holds now and at most, and whether it came back
/// after its engine ended. Owns the measurements and one thread that renews them.
///
/// Used by: neuron.replica.
@NullMarked
package cortex.neuron.memory;

import org.jspecify.annotations.NullMarked;

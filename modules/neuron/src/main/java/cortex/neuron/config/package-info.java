/// neuron.toml as immutable records, and its reader: every problem is told at once.
///
/// Owns no state. Reads files, and tries whether the folder of the state can be written to.
///
/// Used by: neuron, neuron.harness, neuron.harness.remote, neuron.replica.
@NullMarked
package cortex.neuron.config;

import org.jspecify.annotations.NullMarked;

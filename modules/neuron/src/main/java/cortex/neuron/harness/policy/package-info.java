/// What a load may make this host do: which flags an engine may be given by one, which files and
/// which repositories.
///
/// Owns no state. Pure but for looking at the files that a load names.
///
/// Used by: neuron.config, neuron.harness, neuron.replica.
@NullMarked
package cortex.neuron.harness.policy;

import org.jspecify.annotations.NullMarked;

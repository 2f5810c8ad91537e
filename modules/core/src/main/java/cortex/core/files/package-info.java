/// What gateway and neuron tell each other of models' files: what the catalogue names, and what of
/// it lies on a node.
///
/// Owns no state. Pure.
///
/// Used by: gateway, neuron, simulation, simulation.files.
@NullMarked
package cortex.core.files;

import org.jspecify.annotations.NullMarked;

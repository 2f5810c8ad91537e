/// What engines tell about the models they run, and what a chat template gives away about itself.
///
/// Owns no state. Pure. The neuron reads it from its engines, the neuron API carries it, the
/// gateway lists and translates by it.
@NullMarked
package cortex.core.engine;

import org.jspecify.annotations.NullMarked;

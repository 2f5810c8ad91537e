/// The neuron program: its entry point, its configuration and its composition root.
///
/// The one place that makes, starts and stops the parts.
@NullMarked
package cortex.neuron;

import org.jspecify.annotations.NullMarked;

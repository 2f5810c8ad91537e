/// Sees that a program which was asked to stop does stop, whatever it is doing. Owns one thread.
/// Knows nothing of what is stopped, nor of how long that may take but what it is told.
///
/// Used by: cli, neuron.
@NullMarked
package cortex.core.stop;

import org.jspecify.annotations.NullMarked;

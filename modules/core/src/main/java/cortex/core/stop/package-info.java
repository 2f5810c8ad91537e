/// That a program which was asked to stop does stop, whatever it is doing. Owns one thread. May use
/// time only; called by the programs' entry points.
@NullMarked
package cortex.core.stop;

import org.jspecify.annotations.NullMarked;

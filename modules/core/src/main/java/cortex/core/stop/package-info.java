/// Sees that a program which was asked to stop does stop, whatever it is doing. Owns one thread.
/// May use time only. The programs' entry points call it.
@NullMarked
package cortex.core.stop;

import org.jspecify.annotations.NullMarked;

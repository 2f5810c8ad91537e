/// The entry point of the program. May use everything of its module; called by the launcher.
@NullMarked
package cortex.engine;

import org.jspecify.annotations.NullMarked;

/// The entry point of the program. May use everything of its module; called by the launcher.
@NullMarked
package cortex.cli;

import org.jspecify.annotations.NullMarked;

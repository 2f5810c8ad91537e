/// The demo engine's entry point: reads the flags, starts the engine they ask for.
///
/// Owns the process's life and exit codes. May use every package of the module.
@NullMarked
package cortex.demo;

import org.jspecify.annotations.NullMarked;

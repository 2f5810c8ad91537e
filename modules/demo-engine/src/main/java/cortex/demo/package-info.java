/// The demo engine's entry point: reads the flags, starts the engine they ask for.
///
/// Owns the process's life and exit codes.
@NullMarked
package cortex.demo;

import org.jspecify.annotations.NullMarked;

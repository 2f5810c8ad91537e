/// Sets up logging for a program: human lines or JSON lines on standard error, through java.logging
/// so that the libraries' System.Logger lands in the same place; and tells what must not be
/// printed. Owns the root handler.
///
/// Used by: cli, core.config, core.failure, core.stop, demo, gateway, neuron, relay.guard,
/// relay.http.
@NullMarked
package cortex.core.log;

import org.jspecify.annotations.NullMarked;

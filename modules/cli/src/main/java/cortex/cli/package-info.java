/// The `cortex` command: starts the gateway, checks its configuration, and asks a running one over
/// its HTTP API. {@link cortex.cli.Cli} knows the commands and their arguments, one class does each
/// of them.
@NullMarked
package cortex.cli;

import org.jspecify.annotations.NullMarked;

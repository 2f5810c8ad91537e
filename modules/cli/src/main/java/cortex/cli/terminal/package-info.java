/// What every command works with: the terminal, tables on it, and a running gateway's answers. Owns
/// no state but a connection. May use the gateway's HTTP API; used by the commands of {@code
/// cortex.cli}.
@NullMarked
package cortex.cli.terminal;

import org.jspecify.annotations.NullMarked;

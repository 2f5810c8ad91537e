/// What every command works with: the terminal, tables on it, and a running gateway's answers. Owns
/// no state but a connection.
///
/// Used by: cli, cli.verify.
@NullMarked
package cortex.cli.terminal;

import org.jspecify.annotations.NullMarked;

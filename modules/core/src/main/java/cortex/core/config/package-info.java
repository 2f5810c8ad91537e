/// Reads TOML files and the environment into immutable records, and reports every problem at once
/// with file, line, column, what was expected and the nearest valid name. A key is declared where
/// it is read; validation, the documentation and the printed configuration come from that one
/// place. Owns no state; reads files, opens no sockets.
///
/// Used by: cli, cli.terminal, core.catalogue, demo, gateway, neuron, relay, simulation.replay.
@NullMarked
package cortex.core.config;

import org.jspecify.annotations.NullMarked;

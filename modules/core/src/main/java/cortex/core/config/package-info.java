/// Reads TOML files and the environment into immutable records, and reports every problem at once
/// with file, line, column, what was expected and the nearest valid name. Owns no state. May use
/// tomlj; reads files, opens no sockets. Called by the composition roots and by `check`.
@NullMarked
package cortex.core.config;

import org.jspecify.annotations.NullMarked;

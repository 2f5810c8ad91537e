/// Raw configuration: TOML files and environment variables as one tree of values that remember
/// where they stand. Owns no state. The only package that names tomlj; reads files.
///
/// Used by: core.config.
@NullMarked
package cortex.core.config.source;

import org.jspecify.annotations.NullMarked;

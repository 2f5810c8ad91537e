/// Raw configuration: TOML files and environment variables as one tree of values that remember
/// where they stand. Owns no state. The only package that names tomlj; reads files. Used by {@link
/// cortex.core.config.ConfigReading} only.
@NullMarked
package cortex.core.config.source;

import org.jspecify.annotations.NullMarked;

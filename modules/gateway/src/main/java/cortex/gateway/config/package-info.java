/// cortex.toml and models.toml as records. Each table's record reads itself: a key's name, type,
/// default and meaning stand in one place, from which the checks, the effective configuration and
/// docs/CONFIGURATION.md come.
///
/// Used by: TODO
@NullMarked
package cortex.gateway.config;

import org.jspecify.annotations.NullMarked;

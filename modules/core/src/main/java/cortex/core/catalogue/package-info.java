/// What may be served and what it needs: models.toml as immutable records. Owns no state; a reload
/// makes a whole new {@link cortex.core.catalogue.Catalogue}. Pure; used by gateway and cli.
@NullMarked
package cortex.core.catalogue;

import org.jspecify.annotations.NullMarked;

/// What may be served and what it needs: models.toml as immutable records, and its reader. Owns no
/// state; a reload makes a whole new {@link cortex.core.catalogue.Catalogue}. Pure.
///
/// Used by: core.dialect.chat, core.dialect.chat.request, core.files, gateway, simulation,
/// simulation.replay.
@NullMarked
package cortex.core.catalogue;

import org.jspecify.annotations.NullMarked;

/// What models were measured to take: a small pure book, owned by the fleet's machine, that counts
/// for more than the catalogue's guess. The machine notes what neurons report and asks for each
/// decision, the gateway keeps it in a file between runs.
///
/// Used by: gateway.fleet, gateway.fleet.machine, gateway.fleet.view, gateway.loading,
/// gateway.placement.
@NullMarked
package cortex.gateway.placement.footprint;

import org.jspecify.annotations.NullMarked;

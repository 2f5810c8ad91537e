/// The neuron API's records, one per JSON body, and the mapper that reads and writes them.
///
/// Owns no state. Unknown device values are null, never 0. Pure.
///
/// Used by: cli, core.catalogue, core.files, core.log, gateway, neuron, relay.http, simulation,
/// simulation.replay.
@NullMarked
package cortex.core.node;

import org.jspecify.annotations.NullMarked;

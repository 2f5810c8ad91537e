/// Which models' files lie on which node of a simulated fleet.
///
/// {@link cortex.simulation.files.SimulatedFiles} owns that, and draws from a source of chance of
/// its own: a fleet without such files behaves as if there were none.
///
/// Used by: simulation.
@NullMarked
package cortex.simulation.files;

import org.jspecify.annotations.NullMarked;

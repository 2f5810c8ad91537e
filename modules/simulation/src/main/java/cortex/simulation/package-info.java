/// Proves the fleet's machine harmless: the real machine and planner among simulated nodes, clients
/// and clocks, with faults, driven by a seed; after every event the invariants are checked. One
/// seed always gives the same run. Owns no threads and reads no clock. `cortex simulate` runs it.
///
/// Used by: cli.
@NullMarked
package cortex.simulation;

import org.jspecify.annotations.NullMarked;

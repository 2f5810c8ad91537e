/// The only door to the clock. Owns no state. Everything that needs the time or has to wait takes a
/// {@link cortex.core.time.Time}, so that tests run on a virtual one.
///
/// Used by: cli, core.log, core.stop, demo, gateway, neuron, relay.
@NullMarked
package cortex.core.time;

import org.jspecify.annotations.NullMarked;

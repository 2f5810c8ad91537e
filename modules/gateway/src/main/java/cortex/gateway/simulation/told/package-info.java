/// What a simulated run tells people: what happened, in words, and what must never happen. Owns no
/// state, knows no clock. May use the machine's events and effects; used by {@code
/// cortex.gateway.simulation}.
@NullMarked
package cortex.gateway.simulation.told;

import org.jspecify.annotations.NullMarked;

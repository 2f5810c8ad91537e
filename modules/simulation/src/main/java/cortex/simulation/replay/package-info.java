/// What a strategy would have done: a trace of requests replayed in virtual time through the real
/// machine and planner over simulated nodes, beside a clairvoyant rule that knows the future. Pure
/// and deterministic; the same trace, fleet and strategy always give the same figures. Only Replays
/// reads files. `cortex replay` runs it.
///
/// Used by: cli.
@NullMarked
package cortex.simulation.replay;

import org.jspecify.annotations.NullMarked;

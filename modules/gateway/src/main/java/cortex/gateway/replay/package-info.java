/// What a strategy would have done: a trace of requests replayed in virtual time through the real
/// machine and planner over simulated nodes, beside a clairvoyant rule that knows the future. Pure
/// and deterministic; the same trace, fleet and strategy always give the same figures. May use
/// fleet.machine, placement and core; only Replays reads files. Called by `cortex simulate`.
@NullMarked
package cortex.gateway.replay;

import org.jspecify.annotations.NullMarked;

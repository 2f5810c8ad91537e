/// What a decision and a lease cost: the fleet's lock, its machine and the planner, without
/// network. Run by JMH; uses the gateway's packages from the class path, and is used by nobody.
/// Each benchmark says in its first line what docs/PERFORMANCE.md expects of it.
@NullMarked
package cortex.bench.fleet;

import org.jspecify.annotations.NullMarked;

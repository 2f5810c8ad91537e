/// What it costs to find out where a request belongs before the fleet is asked. Run by JMH; uses
/// core's packages from the class path, and is used by nobody. Each benchmark says in its first
/// line what docs/PERFORMANCE.md expects of it.
@NullMarked
package cortex.bench.route;

import org.jspecify.annotations.NullMarked;

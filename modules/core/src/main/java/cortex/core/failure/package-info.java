/// Every way a request can fail, as values. Owns no state. {@link cortex.core.failure.Failure} is
/// sealed, so that each renderer and each metric label must decide about each case. Pure; thrown by
/// both planes wrapped in {@link cortex.core.failure.FailureException}.
@NullMarked
package cortex.core.failure;

import org.jspecify.annotations.NullMarked;

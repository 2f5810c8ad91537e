/// The composition root of cortex.
///
/// The one place that makes, starts and stops the parts.
///
/// Used by: cli.
@NullMarked
package cortex.gateway;

import org.jspecify.annotations.NullMarked;

/// The composition root of cortex.
///
/// The one place that makes, starts and stops the parts. May use every package of the module.
///
/// Used by: cli.
@NullMarked
package cortex.gateway;

import org.jspecify.annotations.NullMarked;

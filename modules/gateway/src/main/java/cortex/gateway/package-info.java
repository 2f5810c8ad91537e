/// The composition root of cortex and its configuration: the one place that makes, starts and stops
/// the parts. Called by the cli.
@NullMarked
package cortex.gateway;

import org.jspecify.annotations.NullMarked;

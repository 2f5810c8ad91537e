/// Finds in an engine's last output the line that says why it failed, by a table of rules for each
/// kind of engine. A rule that does not match invents nothing: then the last line counts that is no
/// mere banner.
///
/// Owns no state. Pure.
///
/// Used by: neuron.harness, neuron.harness.remote.
@NullMarked
package cortex.neuron.harness.cause;

import org.jspecify.annotations.NullMarked;

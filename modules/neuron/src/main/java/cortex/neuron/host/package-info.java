/// What the host itself is and how much memory it has, read from /proc and /etc; the parsers are
/// apart from the reading.
///
/// Owns no state. Reads files only.
///
/// Used by: neuron, neuron.api.
@NullMarked
package cortex.neuron.host;

import org.jspecify.annotations.NullMarked;

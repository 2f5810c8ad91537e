/// The adapters that launch and read inference engines, one file per kind of engine. Owns what is
/// particular to an engine: its command line, its readiness, its sharp edges. A harness without a
/// process of its own talks to an engine that somebody else runs.
///
/// Used by: neuron.harness.remote, neuron.memory, neuron.replica.
@NullMarked
package cortex.neuron.harness;

import org.jspecify.annotations.NullMarked;

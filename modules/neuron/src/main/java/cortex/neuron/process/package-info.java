/// Engine processes: launching, watching, stopping, their output, their ports, and finding them
/// again after this program was killed. Owns everything that is known about a process; knows no
/// engine. A process is told by its identity, never by its name.
///
/// Used by: neuron, neuron.config, neuron.harness, neuron.harness.remote, neuron.replica.
@NullMarked
package cortex.neuron.process;

import org.jspecify.annotations.NullMarked;

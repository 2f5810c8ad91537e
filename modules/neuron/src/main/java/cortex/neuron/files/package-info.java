/// What a gateway's catalogue names of files, looked for again and again while it asks.
///
/// {@link cortex.neuron.files.FilesWatch} owns what was found, behind its lock, and the one thread
/// that looks. Whoever asks is answered from memory.
///
/// Used by: neuron, neuron.api.
@NullMarked
package cortex.neuron.files;

import org.jspecify.annotations.NullMarked;

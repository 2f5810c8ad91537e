/// The engine's make-believe work: slots, the paced generation of a script's pieces, and the device
/// memory it pretends to hold. Owns the slots. May use the flags, the script package and the watch
/// over the client.
///
/// Used by: demo, demo.llama, demo.mistralrs.
@NullMarked
package cortex.demo.work;

import org.jspecify.annotations.NullMarked;

/// The engine's make-believe work: slots, the paced generation of a script's pieces, what it
/// counts, and the device memory it pretends to hold. Owns the slots and the counts. May use the
/// script package and the client watch.
///
/// Used by: demo, demo.llama, demo.mistralrs.
@NullMarked
package cortex.demo.work;

import org.jspecify.annotations.NullMarked;

/// The engine's make-believe work: slots, the paced generation of a script's pieces, and the device
/// memory it pretends to hold. Owns the slots.
///
/// Used by: demo, demo.llama, demo.mistralrs.
@NullMarked
package cortex.demo.work;

import org.jspecify.annotations.NullMarked;

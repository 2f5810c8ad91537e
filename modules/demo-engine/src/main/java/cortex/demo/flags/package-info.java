/// The command line, read the way the imitated engine reads its own.
///
/// Owns no state. Pure.
///
/// Used by: demo, demo.llama, demo.mistralrs.
@NullMarked
package cortex.demo.flags;

import org.jspecify.annotations.NullMarked;

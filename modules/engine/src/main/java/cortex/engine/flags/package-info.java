/// The command line, read the way the imitated engine reads its own.
///
/// Owns no state. Pure.
///
/// Used by: engine, engine.llama, engine.mistralrs.
@NullMarked
package cortex.engine.flags;

import org.jspecify.annotations.NullMarked;

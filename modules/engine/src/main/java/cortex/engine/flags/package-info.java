/// The command line, read the way the imitated engine reads its own.
///
/// Owns no state. Pure. Called by the entry point and read by the dialects.
@NullMarked
package cortex.engine.flags;

import org.jspecify.annotations.NullMarked;

/// The command line: the switches that are understood, and the settings they make. Flags of the
/// imitated engines that are not among them are taken with a warning.
///
/// Owns no state. Pure.
///
/// Used by: demo, demo.llama, demo.mistralrs, demo.work.
@NullMarked
package cortex.demo.flags;

import org.jspecify.annotations.NullMarked;

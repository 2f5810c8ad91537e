/// The public dialects as a strict client sees them: how each asks one and the same question, and a
/// reader of its whole and streamed answers that names everything which breaks the dialect's rules.
/// Owns nothing; reads bytes that it is given.
///
/// Used by: cli.verify.
@NullMarked
package cortex.cli.dialect;

import org.jspecify.annotations.NullMarked;

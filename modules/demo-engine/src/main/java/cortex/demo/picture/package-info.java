/// What the demo engine sees in a picture that it is shown: its format, its size and its colour,
/// which is enough to tell whether it came through whole and unspoiled. Owns no state; pure but for
/// the JDK's decoders.
///
/// Used by: demo.script.
@NullMarked
package cortex.demo.picture;

import org.jspecify.annotations.NullMarked;

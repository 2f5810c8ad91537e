/// What the demo engine sees in a picture that it is shown: enough to tell whether it came through
/// whole. Owns no state; may use the JDK's decoders. Called by the script.
@NullMarked
package cortex.engine.picture;

import org.jspecify.annotations.NullMarked;

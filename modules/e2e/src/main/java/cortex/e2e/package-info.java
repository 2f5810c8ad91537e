/// The whole product as its users meet it: the real programs as processes, real clients in front,
/// real engine processes behind. Owns nothing; its tests start what they need and end it by process
/// id. Holds tests only.
@NullMarked
package cortex.e2e;

import org.jspecify.annotations.NullMarked;

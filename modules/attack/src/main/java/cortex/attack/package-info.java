/// Those who mean ill, against the real programs: strangers, clients with a key, web pages, nodes
/// and engines that lie, connections held for nothing. Owns nothing; its tests start what they need
/// and end it by process id. Holds tests only.
@NullMarked
package cortex.attack;

import org.jspecify.annotations.NullMarked;

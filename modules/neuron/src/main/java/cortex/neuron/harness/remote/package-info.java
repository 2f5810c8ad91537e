/// The harness for an engine that somebody else runs: a `mistralrs serve` behind a URL, perhaps
/// with a systemd unit. Owns the watch over what that engine has loaded; starts no engine itself.
///
/// Used by: neuron.replica.
@NullMarked
package cortex.neuron.harness.remote;

import org.jspecify.annotations.NullMarked;

/// What is wrong with a configuration, told so that it can be mended: where, which key, what was
/// expected, and the nearest valid name. Owns no state but the list being gathered. Pure.
///
/// Used by: cli, cli.verify, core.config, core.config.source, gateway, neuron, relay.tls.
@NullMarked
package cortex.core.config.problem;

import org.jspecify.annotations.NullMarked;

/// What engines tell about the models they run, and what a chat template gives away about itself.
///
/// Owns no state. Pure. The neuron reads it from its engines, the neuron API carries it, the
/// gateway lists and translates by it.
///
/// Used by: core.dialect.chat, core.dialect.chat.request, core.node, gateway.fleet,
/// gateway.http.models, neuron.harness, neuron.harness.traits.
@NullMarked
package cortex.core.engine;

import org.jspecify.annotations.NullMarked;

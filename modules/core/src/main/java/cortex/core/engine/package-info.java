/// The engines there are: facts about running each and about the API each speaks, and what an
/// engine and its chat template tell of a model. Code that needs to know what an engine can do asks
/// here. Owns no state. Pure. The neuron starts engines by it, the gateway plans and translates by
/// it.
///
/// Used by: core.catalogue, core.dialect.anthropic, core.dialect.chat, core.dialect.chat.request,
/// core.dialect.chat.tool, core.dialect.openai, core.node, gateway, neuron.
@NullMarked
package cortex.core.engine;

import org.jspecify.annotations.NullMarked;

/// Every way a request can fail, as values. Owns no state. {@link cortex.core.failure.Failure} is
/// sealed, so that each renderer and each metric label must decide about each case. Pure.
///
/// Used by: core.dialect, core.dialect.anthropic, core.dialect.anthropic.request,
/// core.dialect.anthropic.stream, core.dialect.chat, core.dialect.chat.answer,
/// core.dialect.chat.tool, core.dialect.openai, core.dialect.responses.stream, gateway, neuron,
/// relay, simulation, simulation.replay.
@NullMarked
package cortex.core.failure;

import org.jspecify.annotations.NullMarked;

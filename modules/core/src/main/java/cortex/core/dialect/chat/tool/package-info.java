/// What the dialects share about tools: arguments that parse in both directions, ids that strict
/// templates take, schemas that engines can make a grammar of, and how each engine is told which
/// tool to call. Owns no state. Pure.
///
/// Used by: core.dialect.anthropic.request, core.dialect.anthropic.stream,
/// core.dialect.chat.request, core.dialect.openai, core.dialect.responses.request,
/// gateway.serve.translate.
@NullMarked
package cortex.core.dialect.chat.tool;

import org.jspecify.annotations.NullMarked;

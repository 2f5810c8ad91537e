/// The request side of translation into OpenAI chat completions, shared by every public API that is
/// not chat itself: a conversation as turns, folded and ordered so that chat templates take it;
/// tools, their ids, arguments and schemas; what an engine is asked about reasoning. Owns no state.
/// Pure.
///
/// Used by: core.dialect.anthropic, core.dialect.anthropic.request, core.dialect.anthropic.stream,
/// core.dialect.chat.answer, core.dialect.chat.request, core.dialect.chat.stream,
/// core.dialect.chat.tool, core.dialect.openai, core.dialect.openai.parts,
/// core.dialect.responses.request, core.dialect.responses.stream, gateway.
@NullMarked
package cortex.core.dialect.chat;

import org.jspecify.annotations.NullMarked;

/// The request side of translation into OpenAI chat completions, shared by every public API that is
/// not chat itself: a conversation as turns, folded and ordered so that chat templates take it;
/// tools, their ids, arguments and schemas; what an engine is asked about reasoning. Owns no state,
/// may use Jackson. Pure.
@NullMarked
package cortex.core.dialect.chat;

import org.jspecify.annotations.NullMarked;

/// From an OpenAI Responses request to a chat completions request: items become turns, tools of
/// every form become functions, and what the answer has to be turned back into is remembered. Pure,
/// owns nothing.
///
/// Used by: core.dialect.responses.stream, gateway.serve.translate.
@NullMarked
package cortex.core.dialect.responses.request;

import org.jspecify.annotations.NullMarked;

/// Chat completions requests that a translation makes: whom they are for, what all of them have in
/// common, and what of them the answer depends on. Owns no state. Pure.
///
/// Used by: core.dialect.anthropic, core.dialect.anthropic.request, core.dialect.chat.answer,
/// core.dialect.openai, core.dialect.responses.request, gateway.
@NullMarked
package cortex.core.dialect.chat.request;

import org.jspecify.annotations.NullMarked;

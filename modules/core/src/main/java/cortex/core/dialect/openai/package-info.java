/// The OpenAI dialect: its error envelope, what OpenAI-compatible engines answer when they refuse,
/// and what in a chat request is put right for them.
///
/// Owns no state. Pure.
///
/// Used by: core.dialect.chat.answer, gateway, relay.http.
@NullMarked
package cortex.core.dialect.openai;

import org.jspecify.annotations.NullMarked;

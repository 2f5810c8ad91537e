/// The OpenAI dialect: its error envelope, and what OpenAI-compatible engines answer when they
/// refuse.
///
/// Owns no state. Pure; called by the gateway's http, serve and proxy packages.
@NullMarked
package cortex.core.dialect.openai;

import org.jspecify.annotations.NullMarked;

/// The Anthropic Messages dialect: its error envelopes and statuses, and counting tokens; requests
/// and streams have packages of their own. Owns no state. Pure.
///
/// Used by: core.dialect.anthropic.stream, gateway.http, gateway.serve.
@NullMarked
package cortex.core.dialect.anthropic;

import org.jspecify.annotations.NullMarked;

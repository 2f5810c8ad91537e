/// The Anthropic Messages dialect: its error envelopes and statuses, and counting tokens; requests
/// and streams have packages of their own. Owns no state, may use Jackson. Pure; called by the
/// gateway's serve and http packages.
@NullMarked
package cortex.core.dialect.anthropic;

import org.jspecify.annotations.NullMarked;

/// Anthropic messages made of an engine's answer: as events that go out as they come, or as one
/// body at its end. Owns what is written of one answer. Pure.
///
/// Used by: gateway.serve.translate.
@NullMarked
package cortex.core.dialect.anthropic.stream;

import org.jspecify.annotations.NullMarked;

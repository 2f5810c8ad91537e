/// A request for several answers, or with several inputs, asked of an engine in parts, a few at a
/// time: what each part asks for, and how their answers become one, as if the engine had given all
/// at once.
///
/// Owns what has come of one request's answer. For one thread.
///
/// Used by: gateway.serve.
@NullMarked
package cortex.core.dialect.openai.parts;

import org.jspecify.annotations.NullMarked;

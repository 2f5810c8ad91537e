/// Reads an engine's chat completions stream, cut anywhere, into events that every translating
/// dialect renders in its own form. Text stays as the engine escaped it: it goes from one JSON
/// string into another, so the plain chunk is neither parsed into a tree nor decoded. Owns one
/// stream's state. Pure.
///
/// Used by: core.dialect.anthropic.stream, core.dialect.chat.answer, core.dialect.openai,
/// core.dialect.openai.parts, core.dialect.responses.stream, gateway.serve.translate.
@NullMarked
package cortex.core.dialect.chat.stream;

import org.jspecify.annotations.NullMarked;

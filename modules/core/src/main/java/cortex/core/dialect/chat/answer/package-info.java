/// One engine's answer on its way into a public API's form: when it begins, when it is over, what
/// broke it, what it cost, and which of its blocks is open. A dialect brings an {@link
/// cortex.core.dialect.chat.answer.AnswerWriter} for its events and a {@link
/// cortex.core.dialect.chat.answer.WholeAnswer.Form} for its body. Owns one answer's state. Pure:
/// no clock, so the feeder also tells it when a silence has lasted.
///
/// Used by: core.dialect.anthropic.stream, core.dialect.responses.stream, gateway.serve,
/// gateway.serve.translate.
@NullMarked
package cortex.core.dialect.chat.answer;

import org.jspecify.annotations.NullMarked;

/// One engine's answer on its way into a public API's form: when it begins, when it is over, what
/// broke it, what it cost. Owns one answer's state but for the form's own. Pure: no clock, so
/// whoever feeds it also tells it when a silence has lasted.
///
/// Used by: core.dialect.anthropic.stream, core.dialect.responses.stream, gateway.serve,
/// gateway.serve.translate.
@NullMarked
package cortex.core.dialect.chat.answer;

import org.jspecify.annotations.NullMarked;

/// One engine's answer on its way into a public API's form: when it begins, when it is over, what
/// broke it, what it cost. Owns one answer's state but for the form's own. Pure: no clock, so
/// whoever feeds it also tells it when a silence has lasted. Fed by the spine; each dialect that
/// translates brings its form.
@NullMarked
package cortex.core.dialect.chat.answer;

import org.jspecify.annotations.NullMarked;

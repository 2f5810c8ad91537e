/// Chat completions requests that a translation makes: whom they are for, what all of them have in
/// common, and what of them the answer depends on. Owns no state, may use Jackson. Pure; called by
/// the dialects' requests.
@NullMarked
package cortex.core.dialect.chat.request;

import org.jspecify.annotations.NullMarked;

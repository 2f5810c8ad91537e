/// Forms (`multipart/form-data`, RFC 7578) as they come: whether all parsers read them alike, which
/// fields they have, and where the `model` part's value stands. Owns no state, opens nothing. Pure.
///
/// Used by: demo.llama, gateway.body.
@NullMarked
package cortex.core.dialect.form;

import org.jspecify.annotations.NullMarked;

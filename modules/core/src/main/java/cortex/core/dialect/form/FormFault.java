package cortex.core.dialect.form;

import org.jspecify.annotations.Nullable;

/// What is wrong with a form, for its client.
///
/// @param message says what to send
/// @param field the part that it is about; null when it is about none, or about the whole form
public record FormFault(String message, @Nullable String field) {}

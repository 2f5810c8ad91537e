package cortex.core.config;

import org.jspecify.annotations.Nullable;

/// One key as the code that reads it declares it. Validation, the generated documentation and the
/// printed configuration all come from these.
///
/// @param type what is expected, in words
/// @param fallback the default as TOML or in words; null when there is none
/// @param required whether it must be set
record Declared(
        String name, String type, @Nullable String fallback, boolean required, String meaning) {}

package cortex.core.config.problem;

import org.jspecify.annotations.Nullable;

/// One thing that is wrong: where, under which key (`neurons[1].endpoint`, empty when it is about a
/// file as a whole), a sentence that says what was expected, and the nearest valid name or null.
public record Problem(Origin origin, String key, String message, @Nullable String nearest) {
    /// One line: `cortex.toml:3:1: gateway.lisen: unknown key. Did you mean 'listen'?`
    @Override
    public String toString() {
        String subject = key.isEmpty() ? "" : key + ": ";
        String hint = nearest == null ? "" : " Did you mean '" + nearest + "'?";
        return origin.where() + ": " + subject + message + hint;
    }
}

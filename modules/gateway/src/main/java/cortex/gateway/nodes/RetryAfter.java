package cortex.gateway.nodes;

import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// When a neuron wants to be asked again, as its answer's `Retry-After` says it.
final class RetryAfter {
    private static final int MOST_DIGITS = 9;

    private RetryAfter() {}

    /// Returns the time that an answer names in whole seconds; null when it names none. A date is
    /// none: clocks of two hosts differ.
    static @Nullable Duration of(HttpResponse<?> answer) {
        String named = answer.headers().firstValue("Retry-After").orElse("").strip();
        boolean number =
                !named.isEmpty()
                        && named.length() <= MOST_DIGITS
                        && named.chars().allMatch(c -> c >= '0' && c <= '9');
        return number ? Duration.ofSeconds(Long.parseLong(named)) : null;
    }
}

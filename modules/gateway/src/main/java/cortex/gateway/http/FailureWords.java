package cortex.gateway.http;

import cortex.core.failure.Failure;
import org.jspecify.annotations.Nullable;

/// Says of a failure what belongs into the log: of a fault all that is known; of a request that
/// could not be taken the sentence that its client reads, and no more, since an engine's own words
/// may repeat a prompt.
public final class FailureWords {
    private static final int LONGEST = 300;

    private FailureWords() {}

    /// The words for the field `error`; null where status and outcome say all.
    public static @Nullable String forTheLog(Failure failure) {
        return switch (failure.status()) {
            case 400, 413, 422 -> shortened(failure.message());
            default -> failure.status() >= 500 ? failure.told() : null;
        };
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }
}

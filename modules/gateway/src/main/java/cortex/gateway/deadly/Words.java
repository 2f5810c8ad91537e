package cortex.gateway.deadly;

import cortex.core.failure.Failure;
import cortex.core.failure.Limit;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/// Says what follows from an engine's death: to those who are refused, and in the log.
final class Words {
    private static final int UNPROCESSABLE = 422;

    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Words() {}

    /// An equal request ended an engine of `model` at `at`, which came to that `ending`.
    static Failure condemned(String model, Instant at, String ending, Duration left) {
        String text =
                ("This request ended the engine of '%s' at %s: %s. cortex refuses it for another %d"
                                + " s. Change it, or ask the operator.")
                        .formatted(model, CLOCK.format(at), ending, seconds(left));
        return new Failure.Unsupported(UNPROCESSABLE, text, "request_ended_engine");
    }

    /// Requests of this client ended engines of `model`.
    static Failure held(String model, Duration left) {
        String text =
                ("Your requests ended the engine of '%s'. Other clients are served first: send"
                                + " another request in %d s.")
                        .formatted(model, seconds(left));
        return new Failure.Overloaded(text, left, Limit.CLIENT);
    }

    /// Requests of several clients that had got no answers ended engines of `model`.
    static Failure newcomers(String model, Duration left) {
        String text =
                ("Requests of new clients ended the engine of '%s' several times. Clients that it"
                                + " has answered before are served first: try again in %d s.")
                        .formatted(model, seconds(left));
        return new Failure.Overloaded(text, left, Limit.CLIENT);
    }

    private static long seconds(Duration left) {
        return Math.max(1, left.plusMillis(999).toSeconds());
    }

    /// Who is held off for how long.
    static String holds(Map<String, Duration> holds) {
        StringBuilder words = new StringBuilder();
        holds.forEach((client, hold) ->
                words.append("; ")
                        .append(client)
                        .append(" is held off for ")
                        .append(hold.toSeconds())
                        .append(" s"));
        return words.toString();
    }
}

package cortex.demo.script;

import java.time.Duration;

/// Durations as people write them on a command line.
public final class Durations {
    private Durations() {}

    /// Reads `250ms`, `2s`, `1.5s`, `3m`, `1h`; a bare number is seconds.
    ///
    /// @throws IllegalArgumentException when it is none of these, or negative
    public static Duration parse(String text) {
        String unit = text.replaceFirst("^[0-9.]+", "");
        double number = Double.parseDouble(text.substring(0, text.length() - unit.length()));
        double millis =
                switch (unit) {
                    case "ms" -> number;
                    case "s", "" -> number * 1e3;
                    case "m" -> number * 60e3;
                    case "h" -> number * 3600e3;
                    default -> throw new IllegalArgumentException("not a duration: " + text);
                };
        return Duration.ofNanos(Math.round(millis * 1e6));
    }
}

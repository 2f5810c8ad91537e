package cortex.core.log;

import java.time.Duration;

/// Puts counts and durations into words for people: "1 device", "2 devices", "3 s".
public final class Quantity {
    private static final long MINUTE = 60;
    private static final long HOUR = 3_600;
    private static final long DAY = 86_400;

    private Quantity() {}

    /// Names `count` of something; `noun` is its singular and takes an "s".
    public static String of(long count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    /// Names a least number of something: "at least 1 device".
    public static String orMore(long least, String noun) {
        return "at least " + of(least, noun);
    }

    /// Names a duration in seconds, or in milliseconds where it has a fraction of a second.
    public static String of(Duration duration) {
        long millis = duration.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
    }

    /// Names how long to wait at least, in whole seconds.
    public static String ofWait(Duration duration) {
        return duration.plusMillis(999).toSeconds() + " s";
    }

    /// Names how long ago something was, roughly: "12 s", "5 min", "3 h", "2 days".
    public static String roughly(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        if (seconds < 2 * MINUTE) {
            return seconds + " s";
        }
        if (seconds < 2 * HOUR) {
            return seconds / MINUTE + " min";
        }
        return seconds < 2 * DAY ? seconds / HOUR + " h" : seconds / DAY + " days";
    }

    /// Names a number of bytes in the largest binary unit that has no fraction: "64 MiB".
    public static String ofBytes(long bytes) {
        String[] units = {"bytes", "KiB", "MiB", "GiB", "TiB"};
        long count = bytes;
        int unit = 0;
        while (count >= 1024 && count % 1024 == 0 && unit < units.length - 1) {
            count /= 1024;
            unit++;
        }
        return count + " " + units[unit];
    }
}

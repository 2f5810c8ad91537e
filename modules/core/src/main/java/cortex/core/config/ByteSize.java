package cortex.core.config;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A number of bytes as people write it: `64MiB`, `1GiB`, `500kB`, `0B`.
public record ByteSize(long bytes) {
    private static final Pattern FORM =
            Pattern.compile("([0-9]{1,12}) ?([KMGT]?i?B)", Pattern.CASE_INSENSITIVE);
    private static final Map<String, Long> UNITS =
            new TreeMap<>(
                    Map.of(
                            "B", 1L,
                            "KB", 1000L,
                            "MB", 1_000_000L,
                            "GB", 1_000_000_000L,
                            "TB", 1_000_000_000_000L,
                            "KIB", 1L << 10,
                            "MIB", 1L << 20,
                            "GIB", 1L << 30,
                            "TIB", 1L << 40));

    /// Mebibytes.
    public static ByteSize mib(long count) {
        return new ByteSize(count << 20);
    }

    /// Kibibytes.
    public static ByteSize kib(long count) {
        return new ByteSize(count << 10);
    }

    /// Reads a size, null when the text is none. Upper and lower case are equal.
    public static @Nullable ByteSize parse(String text) {
        Matcher form = FORM.matcher(text.strip());
        Long unit = form.matches() ? UNITS.get(form.group(2).toUpperCase(Locale.ROOT)) : null;
        if (unit == null) {
            return null;
        }
        long high = Math.multiplyHigh(Long.parseLong(form.group(1)), unit);
        long bytes = Long.parseLong(form.group(1)) * unit;
        return high != 0 || bytes < 0 ? null : new ByteSize(bytes);
    }

    /// The shortest exact form in binary units.
    @Override
    public String toString() {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        long count = bytes;
        int unit = 0;
        while (count != 0 && count % 1024 == 0 && unit < units.length - 1) {
            count /= 1024;
            unit++;
        }
        return count + units[unit];
    }
}
